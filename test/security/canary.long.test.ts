import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type Ferry, type FerryEnv, spawnFerry } from '../support/ferry.ts';
import { manifestFile, textFile } from '../support/manifest-file.ts';
import { type OwnRedis, ownRedis } from '../support/own-redis.ts';
import { needing } from '../support/programs.ts';
import { rawServer } from '../support/raw-server.ts';
import { until } from '../support/until.ts';
import { findCanaries, type Place, placeOfProcess, placesOfRedis } from './find-canaries.ts';

const CANARIES = {
  password: 'canary-Passw0rd+with/odd=characters',
  'wrong password': 'canary-wrong-Passw0rd',
  'Redis password': 'canary-redis-Passw0rd',
  'wrong Redis password': 'canary-wrong-redis-Passw0rd',
  'password in a manifest': 'canary-manifest-Passw0rd',
  'token key': Buffer.from('canary-token-key-of-32-bytes-ok!').toString('base64'),
};

interface Scene {
  readonly simulator: Simulator;
  readonly redis: OwnRedis;
  readonly env: FerryEnv;
  readonly places: Place[];
  /** Runs to its end, or until `enough`, and keeps all its output. */
  run(
    args: readonly string[],
    env?: FerryEnv,
    enough?: (ferry: Ferry) => Promise<unknown>,
  ): Promise<void>;
}

async function openScene(): Promise<Scene> {
  const redis = await ownRedis();
  await redis.client.config('SET', 'requirepass', CANARIES['Redis password']);
  const simulator = await cloud({ duration: 200, password: CANARIES.password });
  const url = redis.url.replace('//', `//:${CANARIES['Redis password']}@`);
  const env = accountEnv(simulator, url, {
    LOG_LEVEL: 'trace',
    IMS_FERRY_TOKEN_KEY: CANARIES['token key'],
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '1500',
    IMS_FERRY_POST_TIMEOUT_MS: '400',
  });
  const places: Place[] = [];
  const run: Scene['run'] = async (args, more = {}, enough) => {
    const ferry = spawnFerry(args, { ...env, ...more });
    places.push(...(await placeOfProcess(ferry.process.pid)));
    await enough?.(ferry);
    if (enough) ferry.process.kill('SIGTERM');
    const code = await ferry.exited;
    const name = `ims-ferry ${args[0]} (${code})`;
    places.push({ name: `stdout of ${name}`, content: ferry.stdout() });
    places.push({ name: `stderr of ${name}`, content: ferry.stderr() });
  };
  return { simulator, redis, env, places, run };
}

/** A service that repeats what it receives, as bad gateways do. */
function echo(kind: 'json' | 'html' | 'title', status: number) {
  return (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const all = `${JSON.stringify(request.headers)} ${body}`;
    response.statusCode = status;
    response.setHeader('content-type', kind === 'json' ? 'application/json' : 'text/html');
    const token = String(request.headers['x-auth-token'] ?? body);
    if (kind === 'json') {
      const error = { code: status === 400 ? 'IMG.0057' : 'Ims.0500', message: `${token} ${all}` };
      response.end(JSON.stringify({ error, error_msg: all, error_code: 'X' }));
    } else response.end(`<html><title>${kind === 'title' ? token : 'Oops'}</title>${all}</html>`);
  };
}

/** Every way in which a cloud can fail, with one worker at work. */
async function badCloud({ simulator, run }: Scene): Promise<void> {
  simulator.set({
    createFaults: {
      dropAfter: 0.1,
      http500: 0.1,
      html: 0.1,
      garbage: 0.1,
      redirect: 0.1,
      hang: 0.1,
    },
    readFaults: { http500: 0.1, html: 0.1, drop: 0.1, throttle: 0.05 },
    retryAfter: 1,
  });
  const file = await manifestFile('rough', 16);
  await run(['submit', file]);
  await run(['work'], {}, async () => {
    await until(() => simulator.stats.posts >= 10);
    simulator.revokeTokens();
    await until(() => simulator.stats.logins >= 2);
  });
  simulator.set({ createFaults: { redirect: 0, hang: 0 }, readFaults: { drop: 0 } });
  await run(['resolve', 'rough']);
  await run(['reconcile']);
  await run(['status', 'rough', '--json']);
}

async function echoes({ run }: Scene): Promise<void> {
  for (const [kind, status] of [
    ['json', 400],
    ['json', 401],
    ['json', 500],
    ['html', 502],
    ['title', 403],
  ] as const) {
    const server = await rawServer(echo(kind, status));
    const namespace = { IMS_FERRY_NAMESPACE: `echo-${kind}-${status}` };
    const asIms = { ...namespace, IMS_ENDPOINT: server.url };
    await run(['submit', await manifestFile('echo', 1)], asIms);
    await run(['work'], asIms, () => until(() => server.seen.length >= 2));
    await run(['status', 'echo', '--json'], asIms);
    const asIam = { ...namespace, OS_AUTH_URL: `${server.url}/v3`, OS_USERNAME: `other-${status}` };
    await run(['work'], asIam, () => until(() => server.seen.length >= 3));
  }
}

describe('secrets', needing('redis-server'), () => {
  test('are in no log, no answer, no list of processes and nowhere in Redis, whatever fails', async () => {
    const scene = await openScene();
    const { simulator, redis, places, run } = scene;
    await badCloud(scene);
    await echoes(scene);
    await run(['work'], { OS_PASSWORD: CANARIES['wrong password'] });
    const wrong = redis.url.replace('//', `//:${CANARIES['wrong Redis password']}@`);
    await run(['status'], { REDIS_URL: wrong });
    await run(['work'], { REDIS_URL: wrong });
    await run(['work'], { IMS_FERRY_TOKEN_KEY: `${CANARIES['token key']}x` });
    await run(['work'], { OS_AUTH_URL: `https://me:${CANARIES.password}@iam.test/v3` });
    const secret = CANARIES['password in a manifest'];
    const image = `{ name: a, image_url: "b:c.qcow2", min_disk: 1, password: ${secret}, token: ${secret} }`;
    await run(['validate', await textFile('secret.yaml', `images:\n  - ${image}\n`)]);
    await redis.kill();
    await run(['status'], { IMS_FERRY_CONNECT_TIMEOUT_MS: '1000' });
    await redis.start();
    places.push(...(await placesOfRedis(redis.client, redis.folder)));

    const tokens = simulator.state.accounts.issued;
    expect(tokens.length).toBeGreaterThan(2);
    const issued = Object.fromEntries(tokens.map((token, index) => [`token ${index + 1}`, token]));
    expect(findCanaries(places, { ...CANARIES, ...issued })).toEqual([]);
    expect(places.some(({ name }) => name === 'Redis file dump.rdb')).toBe(true);
    expect(places.some(({ content }) => content.toString().includes('[secret]'))).toBe(true);
  });

  test('would be found if they were there', async () => {
    const redis = await ownRedis();
    const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-canary-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const canary = { it: 'canary-that-was-planted' };
    await redis.client.hset('a-hash', 'a-field', `before ${canary.it} after`);
    const basic = Buffer.from(`user:${canary.it}:x`).toString('base64');
    await redis.client.rpush('a-list', basic);
    const file = join(folder, 'log');
    await writeFile(file, `{"url":"redis://:${encodeURIComponent(canary.it)}@host"}`);
    const places = [
      ...(await placesOfRedis(redis.client, redis.folder)),
      { name: 'a log', content: await readFile(file) },
      { name: 'hex', content: Buffer.from(canary.it).toString('hex') },
    ];
    const hits = findCanaries(places, canary).map((hit) => hit.replace(/^it \(|\)/g, ''));
    expect(hits).toContain('plain in Redis file dump.rdb');
    expect(hits.some((hit) => hit.startsWith('base64') && hit.includes('dump.rdb'))).toBe(true);
    expect(hits).toContain('plain in a log');
    expect(hits).toContain('hex in hex');
  });
});
