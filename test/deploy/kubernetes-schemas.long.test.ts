import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type KubernetesDocument,
  renderedKubernetes,
  serviceSpecOf,
  workloadsOf,
} from '../support/kubernetes.ts';
import { needing, runProgram } from '../support/programs.ts';

/** What a person makes: docs/deploy.md shows how. */
const MADE_BY_HAND = ['ims-ferry-dashboard', 'ims-ferry-login', 'ims-ferry-manifests'];

interface Model {
  validate(): void;
}

async function validate(document: KubernetesDocument): Promise<void> {
  const models = (await import(
    /* @vite-ignore */ `kubernetes-models/${document.apiVersion}`
  )) as Readonly<Record<string, new (data: unknown) => Model>>;
  const Kind = models[document.kind];
  if (Kind === undefined) throw new Error(`Kubernetes has no ${document.kind}`);
  new Kind(document).validate();
}

/** The schemas allow any field: the compiler finds those that do not exist. */
async function compile(documents: readonly KubernetesDocument[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
  const lines = documents.map(
    (document, at) =>
      `import type { I${document.kind} as Kind${at} } from 'kubernetes-models/${document.apiVersion}';
export const document${at}: Kind${at} = ${JSON.stringify(document, undefined, 1)};`,
  );
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'documents.ts'), lines.join('\n'));
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext'];
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const options = ['--target', 'es2022', '--types', 'node', join(folder, 'documents.ts')];
  const { stdout } = await runProgram('node', [tsc, ...flags, ...options], { cwd: folder });
  return stdout;
}

describe('what kubectl makes of the files for Kubernetes', needing('kubectl'), () => {
  test('fits the schemas of Kubernetes, which refuse a wrong value', async () => {
    const documents = await renderedKubernetes();
    expect(documents.length).toBeGreaterThan(7);
    for (const document of documents) await validate(document);
    const [deployment] = documents.filter(({ kind }) => kind === 'Deployment');
    const wrong = { ...deployment, spec: { ...deployment?.spec, replicas: 'two' } };
    await expect(validate(wrong as KubernetesDocument)).rejects.toThrow('replicas');
  });

  test('has only fields that exist, and a misspelt one is found', async () => {
    const documents = await renderedKubernetes();
    expect(await compile(documents)).toBe('');
    const text = JSON.stringify(documents).replaceAll('readOnlyRootFilesystem', 'readonlyRoot');
    expect(await compile(JSON.parse(text) as KubernetesDocument[])).toContain('"readonlyRoot"');
  });

  test('refers only to what it makes, and to what a person makes', async () => {
    const documents = await renderedKubernetes();
    const made = documents.filter(({ kind }) => kind === 'ConfigMap');
    const madeNames = made.map(({ metadata }) => metadata.name);
    const workloads = workloadsOf(documents);
    const named = JSON.stringify(workloads).matchAll(
      /"(?:configMapRef|secretRef|configMap|secret)":\{"(?:name|secretName)":"([^"]+)"/g,
    );
    const names = new Set([...named].map(([, name = '']) => name));
    expect(names).toEqual(new Set([...madeNames, ...MADE_BY_HAND]));
  });

  test('leads each Service and each probe to a port of its pods', async () => {
    const documents = await renderedKubernetes();
    const workloads = workloadsOf(documents);
    const services = documents.filter(({ kind }) => kind === 'Service');
    expect(services.map(({ metadata }) => metadata.name).toSorted()).toEqual([
      'ims-ferry-dashboard',
      'redis',
    ]);
    for (const service of services) {
      const { selector, ports } = serviceSpecOf(service);
      const [target, ...others] = workloads.filter(({ labels }) =>
        Object.entries(selector).every(([label, value]) => labels[label] === value),
      );
      expect([target?.name, others]).toEqual([service.metadata.name, []]);
      const names = target?.pod.containers.flatMap((one) => one.ports.map(({ name }) => name));
      for (const { targetPort } of ports) expect(names).toContain(targetPort);
    }
    for (const container of workloads.flatMap(({ pod }) => pod.containers)) {
      const names = container.ports.map(({ name }) => name);
      for (const probe of [container.livenessProbe, container.readinessProbe]) {
        if (probe?.httpGet) expect(names).toContain(probe.httpGet.port);
      }
    }
  });
});
