import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { startProgram } from './programs.ts';
import { until } from './until.ts';

/** A server of Redis with settings of a test's own; it ends with the test. */
interface RedisServer {
  readonly port: number;
  readonly folder: string;
  /** Without any login. */
  readonly client: Redis;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const SAFE = [
  '--bind',
  '127.0.0.1',
  '--save',
  '',
  '--appendonly',
  'yes',
  '--appendfsync',
  'always',
];

/** Made again for each start: a port in them may be taken by then. */
type Settings = () => Promise<readonly string[]>;

const STARTS = 3;

/** @throws Error when the server ends by itself again and again */
export async function redisServer(
  settings: readonly string[] | Settings = [],
): Promise<RedisServer> {
  for (let starts = 1; starts <= STARTS; starts += 1) {
    const more = typeof settings === 'function' ? await settings() : settings;
    const port = await freePort();
    const folder = await newFolder();
    const server = run(['--port', String(port), '--dir', folder, ...SAFE, ...more]);
    const client = connect(port);
    await until(() => client.status === 'ready' || server.hasEnded());
    // A server whose port was taken meanwhile ends, and another one answers there.
    if (!server.hasEnded()) return { port, folder, client, kill: server.kill };
    client.disconnect();
  }
  throw new Error(`the server ended ${STARTS} times: what is wrong with its settings?`);
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-redis-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function run(args: readonly string[]) {
  const child = startProgram('redis-server', args, { stdio: 'ignore' });
  const kill = (): Promise<void> => ended(child);
  onTestFinished(kill);
  return { kill, hasEnded: () => hasEnded(child) };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** A connection that keeps trying, until its server answers at all. */
export async function clientOf(port: number): Promise<Redis> {
  const client = connect(port);
  await until(() => client.status === 'ready');
  return client;
}

function connect(port: number): Redis {
  const client = new Redis(port, '127.0.0.1', {
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
  });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

const SLOTS = 16_384;

/** A cluster of three; returns its address. */
export async function redisCluster(): Promise<{
  readonly url: string;
  readonly nodes: readonly RedisServer[];
}> {
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '15000'];
  const nodes = await Promise.all([1, 2, 3].map(() => redisServer(settings)));
  const [first] = nodes;
  const share = Math.ceil(SLOTS / nodes.length);
  for (const [index, { client, port }] of nodes.entries()) {
    const last = Math.min(SLOTS, (index + 1) * share) - 1;
    await client.call('CLUSTER', 'ADDSLOTSRANGE', String(index * share), String(last));
    await first?.client.call('CLUSTER', 'MEET', '127.0.0.1', String(port));
  }
  for (const { client } of nodes) {
    await until(async () => String(await client.cluster('INFO')).includes('cluster_state:ok'));
    await until(async () => String(await client.cluster('INFO')).includes('cluster_known_nodes:3'));
  }
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
  return { url: `redis+cluster://${hosts}`, nodes };
}

export const PRIMARY = 'ferry-primary';

/** A primary, its replica, and three sentinels that watch them. */
export async function watchedRedis() {
  const primary = await redisServer();
  const replica = await redisServer(['--replicaof', '127.0.0.1', String(primary.port)]);
  await until(async () => (await replica.client.info('replication')).includes('link_status:up'));
  const ports = await Promise.all([1, 2, 3].map(() => sentinel(primary.port)));
  for (const port of ports) {
    const client = await clientOf(port);
    await until(async () => {
      const reply = (await client.call('SENTINEL', 'MASTER', PRIMARY)) as readonly string[];
      const fact = (name: string) => reply[reply.indexOf(name) + 1];
      return fact('num-slaves') === '1' && fact('num-other-sentinels') === '2';
    });
  }
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(',');
  return { url: `redis+sentinel://${hosts}/${PRIMARY}`, primary, replica };
}

/** A sentinel that watches a primary; returns its port. */
export async function sentinel(primaryPort: number): Promise<number> {
  const port = await freePort();
  const folder = await newFolder();
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${PRIMARY} 127.0.0.1 ${primaryPort} 2`,
    `sentinel down-after-milliseconds ${PRIMARY} 3000`,
    `sentinel failover-timeout ${PRIMARY} 3000`,
  ];
  await writeFile(file, lines.join('\n'));
  run([file, '--sentinel']);
  return port;
}
