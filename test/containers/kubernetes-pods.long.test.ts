import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type KubernetesContainer,
  renderedKubernetes,
  type Workload,
  workloadsOf,
} from '../support/kubernetes.ts';
import { imageLines } from '../support/manifest-file.ts';
import { needing, runProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NAME = `ims-ferry-test-${randomUUID().slice(0, 8)}`;
const SIMULATOR = 'http://simulator:9090';
/** What docs/deploy.md has a person put into the secrets. */
const SECRETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'ims-ferry-login': {
    OS_AUTH_URL: `${SIMULATOR}/v3`,
    OS_USERNAME: 'demo',
    OS_PASSWORD: 'demo-password',
    OS_USER_DOMAIN_NAME: 'OTC00000000001000000001',
    OS_PROJECT_NAME: 'eu-de_demo',
    IMS_FERRY_ALLOW_HTTP: '1',
    IMS_FERRY_POLL_INITIAL_MS: '500',
    IMS_FERRY_POLL_MIN_MS: '500',
  },
  'ims-ferry-dashboard': {
    IMS_FERRY_DASHBOARD_USER: 'ops',
    IMS_FERRY_DASHBOARD_PASSWORD: 'correct-horse-battery',
  },
};

async function docker(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram('docker', args, { cwd: ROOT });
  if (code === 0) return stdout.trim();
  throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
}

interface Cluster {
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** A folder with the links that Kubernetes makes for a ConfigMap. */
  readonly manifests: string;
}

interface Pod {
  readonly id: string;
  readonly container: KubernetesContainer;
}

function environmentOf({ envFrom, env }: KubernetesContainer, { configMaps }: Cluster) {
  const from = envFrom.map(({ configMapRef, secretRef }) => ({
    ...configMaps[configMapRef?.name ?? ''],
    ...SECRETS[secretRef?.name ?? ''],
  }));
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return { ...Object.assign({}, ...from), ...own } as Readonly<Record<string, string>>;
}

/** A pod as a container of Docker: its arguments, variables, user, read-only root and volumes. */
async function startPod(cluster: Cluster, { pod, labels }: Workload): Promise<Pod> {
  const [container] = pod.containers;
  if (!container) throw new Error('a pod without a container');
  const { runAsUser, runAsGroup } = pod.securityContext;
  const alias = labels['app.kubernetes.io/component'] ?? '';
  const variables = Object.entries(environmentOf(container, cluster)).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`,
  ]);
  const mounts = container.volumeMounts.flatMap(({ mountPath, readOnly }) =>
    readOnly
      ? ['--volume', `${cluster.manifests}:${mountPath}:ro`]
      : ['--tmpfs', `${mountPath}:uid=${runAsUser},gid=${runAsGroup},mode=770`],
  );
  const [program] = container.command;
  const entry = program === undefined ? [] : ['--entrypoint', program];
  const image = container.image.startsWith('ims-ferry:') ? NAME : container.image;
  const guarded = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges:true'];
  const id = await docker(
    ...['run', '--detach', '--label', NAME, '--no-healthcheck', ...guarded],
    ...['--network', NAME, '--network-alias', alias, '--user', `${runAsUser}:${runAsGroup}`],
    ...[...variables, ...mounts, ...entry, image, ...container.args],
  );
  return { id, container };
}

/** As the kubelet does it: at the address of the pod. */
async function probe({ id, container }: Pod): Promise<boolean> {
  const answers = [container.livenessProbe, container.readinessProbe].map(async (one) => {
    const { httpGet, exec } = one ?? {};
    if (exec) return (await runProgram('docker', ['exec', id, ...exec.command])).code === 0;
    if (!httpGet) return true;
    const port = container.ports.find(({ name }) => name === httpGet.port)?.containerPort;
    const script = `const { address } = require('node:os').networkInterfaces().eth0[0];
      fetch('http://' + address + ':${port}${httpGet.path}')
        .then(({ status }) => process.exit(status === 200 ? 0 : 1), () => process.exit(1))`;
    return (await runProgram('docker', ['exec', id, 'node', '-e', script])).code === 0;
  });
  return (await Promise.all(answers)).every(Boolean);
}

describe('the pods of the files for Kubernetes', needing('docker daemon', 'kubectl'), () => {
  const pods = new Map<string, Pod>();
  let manifests: string;
  const ferry = (...args: readonly string[]) =>
    docker('exec', pods.get('ims-ferry-watcher')?.id ?? '', 'node', 'dist/src/cli.js', ...args);

  beforeAll(async () => {
    await docker('build', '--network', 'host', '-t', NAME, '.');
    await docker('network', 'create', NAME);
    const listening = ['simulator', '--host', '0.0.0.0', '--duration', '1000'];
    const simulated = ['run', '--detach', '--label', NAME, '--network', NAME];
    await docker(...simulated, '--network-alias', 'simulator', NAME, ...listening);
    manifests = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
    await chmod(manifests, 0o755);
    const documents = await renderedKubernetes();
    const configMaps = Object.fromEntries(
      documents.flatMap(({ metadata, data }) => (data ? [[metadata.name, data]] : [])),
    );
    // The Redis is found by the name of its Service.
    const workloads = workloadsOf(documents);
    for (const workload of workloads) {
      pods.set(workload.name, await startPod({ configMaps, manifests }, workload));
    }
  }, 0);
  afterAll(async () => {
    const ids = await docker('ps', '--all', '--quiet', '--filter', `label=${NAME}`);
    if (ids !== '') await docker('rm', '--force', '--volumes', ...ids.split('\n'));
    await runProgram('docker', ['network', 'rm', NAME]);
    await runProgram('docker', ['image', 'rm', '--force', NAME]);
    await rm(manifests, { recursive: true, force: true });
  }, 0);

  test('start as an ordinary user on a read-only root, until their probes answer', async () => {
    expect(pods.size).toBe(4);
    for (const pod of pods.values()) await until(() => probe(pod));
  });

  test('import what is in the ConfigMap, and what is added to it', async () => {
    for (const version of ['first', 'second']) {
      const folder = join(manifests, `..${version}`);
      await mkdir(folder);
      await writeFile(join(folder, 'batch.yaml'), imageLines(version, 2));
      await symlink(`..${version}`, join(manifests, '..new'));
      await rename(join(manifests, '..new'), join(manifests, '..data'));
      if (version === 'first') await symlink('..data/batch.yaml', join(manifests, 'batch.yaml'));
      await until(async () => (await ferry('status')).includes(`${version}  2 succeeded`));
    }
  });

  test('have a dashboard that requires its login', async () => {
    const dashboard = pods.get('ims-ferry-dashboard')?.id ?? '';
    const script = `fetch('http://127.0.0.1:9300/', { headers: process.argv[1] === undefined ? {} :
      { authorization: 'Basic ' + btoa(process.argv[1]) } }).then((a) => console.log(a.status))`;
    expect(await docker('exec', dashboard, 'node', '-e', script)).toBe('401');
    const { IMS_FERRY_DASHBOARD_USER: user, IMS_FERRY_DASHBOARD_PASSWORD: password } =
      SECRETS['ims-ferry-dashboard'] ?? {};
    const login = `${user}:${password}`;
    expect(await docker('exec', dashboard, 'node', '-e', script, login)).toBe('200');
  });

  test('end with 0 within their grace period', async () => {
    for (const [name, { id }] of pods) {
      await docker('stop', '--time', name === 'redis' ? '30' : '15', id);
      expect(await docker('inspect', '--format', '{{.State.ExitCode}}', id), name).toBe('0');
    }
  });
});
