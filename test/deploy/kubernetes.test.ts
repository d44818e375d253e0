import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/shared/config/settings.ts';
import { runFerry } from '../support/ferry.ts';
import { filesOfKubernetes, KUBERNETES, workloadsOf } from '../support/kubernetes.ts';

const documents = filesOfKubernetes();
const workloads = workloadsOf(documents);
const ours = workloads
  .flatMap(({ pod }) => pod.containers)
  .filter(({ image }) => image === 'ims-ferry');
const known = new Set(SETTINGS.map(({ name }) => name));
const kustomization = parse(readFileSync(`${KUBERNETES}/kustomization.yaml`, 'utf8'));

describe('the files for Kubernetes', () => {
  test('run the worker, the watcher and the dashboard', () => {
    expect(ours.map(({ args }) => args[0]).toSorted()).toEqual(['dashboard', 'watch', 'work']);
  });

  test('give only settings that exist', () => {
    const literals: readonly string[] = kustomization.configMapGenerator.flatMap(
      ({ literals }: { literals: readonly string[] }) => literals,
    );
    const names = [
      ...literals.map((literal) => literal.split('=')[0] ?? ''),
      ...ours.flatMap(({ env }) => env.map(({ name }) => name)),
    ];
    expect(names).toContain('REDIS_URL');
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  test.each(ours)('$name has only options that exist', async ({ args }) => {
    const { code, stdout } = await runFerry([args[0] ?? '', '--help'], {});
    expect(code).toBe(0);
    const options = args.filter((arg) => arg.startsWith('--'));
    for (const option of options) expect(stdout).toContain(`${option} `);
  });

  test('have the login in pods that talk to the cloud, and in no other', () => {
    const withLogin = ours.filter(({ envFrom }) =>
      envFrom.some(({ secretRef }) => secretRef?.name === 'ims-ferry-login'),
    );
    expect(withLogin.map(({ name }) => name).toSorted()).toEqual(['dashboard', 'worker']);
  });

  test.each(workloads)('$name runs unprivileged, on a read-only root', ({ pod }) => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod.securityContext.runAsUser).toBeGreaterThan(0);
    for (const container of pod.containers) {
      expect(container['securityContext']).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(container).toMatchObject({ resources: { limits: { memory: expect.any(String) } } });
    }
  });

  test('let only their own pods reach Redis', () => {
    const [policy] = documents.filter(({ kind }) => kind === 'NetworkPolicy');
    const own = { 'app.kubernetes.io/name': 'ims-ferry' };
    expect(policy?.spec).toEqual({
      podSelector: { matchLabels: { ...own, 'app.kubernetes.io/component': 'redis' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: own } }],
          ports: [{ port: 'redis', protocol: 'TCP' }],
        },
      ],
    });
    for (const { labels } of workloads) expect(labels).toMatchObject(own);
  });

  test('have the version of the package', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(kustomization.images).toEqual([{ name: 'ims-ferry', newTag: version }]);
  });
});
