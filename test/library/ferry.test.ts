import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import type { BatchImage, BatchProgress, BatchStatus } from '../../src/library/batch.ts';
import { type Ferry, openFerry, type Settings } from '../../src/library/ferry.ts';
import { startSimulator } from '../../src/library/simulator.ts';
import type { ImageStatus, BatchStatus as PrintedStatus } from '../../src/producer/batch-status.ts';
import { readSources } from '../setup/source-scan.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { startFerry } from '../support/ferry.ts';
import { imageLines } from '../support/manifest-file.ts';
import { ownRedis } from '../support/own-redis.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const PASSWORD = 'canary-password-of-redis';

async function opened(settings: Settings = {}): Promise<Ferry> {
  const ferry = await openFerry({ REDIS_URL: redis.url, ...settings });
  onTestFinished(() => ferry.close());
  return ferry;
}

const image = (name: string) => ({ name, image_url: `bucket:${name}.qcow2`, min_disk: 40 });
const two = { manifest: { name: 'two', images: [image('web'), image('mail')] } };

async function all(watching: AsyncIterable<BatchProgress>): Promise<readonly BatchProgress[]> {
  const seen: BatchProgress[] = [];
  for await (const progress of watching) seen.push(progress);
  return seen;
}

describe('a batch', () => {
  test('has every field of status --json in its types', () => {
    expectTypeOf<keyof BatchStatus>().toEqualTypeOf<keyof PrintedStatus>();
    expectTypeOf<keyof BatchImage>().toEqualTypeOf<keyof ImageStatus>();
  });

  test('is submitted, watched until its last image is there, and read', async () => {
    const simulator = await cloud({ duration: 50 });
    const env = accountEnv(simulator, redis.url);
    const ferry = await opened(env);
    const receipt = await ferry.submitManifest(two);
    expect(receipt).toEqual({ batch: 'two', total: 2, enqueued: 2, warnings: [] });
    startFerry(['work'], env);
    const seen = await all(ferry.watchBatch('two', { intervalMs: 20 }));
    expect(seen[0]).toMatchObject({ batch: 'two', total: 2, finished: false });
    expect(seen.at(-1)).toMatchObject({ counts: { succeeded: 2 }, stopped: null, finished: true });
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(seen.length);
    const { images } = await ferry.readStatus('two');
    expect(images.map(({ name, state }) => [name, state])).toEqual([
      ['web', 'succeeded'],
      ['mail', 'succeeded'],
    ]);
    expect(images.map(({ image_id }) => image_id)).toEqual(
      simulator.accepted.map(({ image_ids }) => image_ids[0]),
    );
    expect(await ferry.submitManifest(two)).toMatchObject({ total: 2, enqueued: 0 });
  });

  test('may come from a text of any length', async () => {
    const ferry = await opened();
    const text = imageLines('large', 5000);
    const source = { text, fileName: 'large.yaml' };
    expect(await ferry.submitManifest(source)).toMatchObject({ batch: 'large', enqueued: 5000 });
    expect((await ferry.readStatus('large')).counts.pending).toBe(5000);
  });

  test('shows why nothing is created, and is not finished', async () => {
    const env = accountEnv(await cloud({ imageQuota: 0 }), redis.url);
    const ferry = await opened(env);
    await ferry.submitManifest(two);
    startFerry(['work'], env);
    for await (const { stopped, finished } of ferry.watchBatch('two', { intervalMs: 20 })) {
      expect(finished).toBe(false);
      if (stopped) {
        expect(stopped.advice).toContain('quota');
        break;
      }
    }
  });
});

describe('an error has a code', () => {
  test.each([
    ['MANIFEST', (ferry: Ferry) => ferry.submitManifest({ file: '/nowhere.yaml' })],
    ['MANIFEST', (ferry: Ferry) => ferry.submitManifest({ text: 'images: {', fileName: 'a' })],
    ['UNKNOWN_BATCH', (ferry: Ferry) => ferry.readStatus('nowhere')],
    ['UNKNOWN_BATCH', (ferry: Ferry) => all(ferry.watchBatch('nowhere'))],
    [
      'USAGE',
      (ferry: Ferry) => ferry.submitManifest({ manifest: { ...two.manifest, cloud: 'other' } }),
    ],
    [
      'USAGE',
      (ferry: Ferry) => ferry.submitManifest({ manifest: { ...two.manifest, priority: 1n } }),
    ],
    ['USAGE', (ferry: Ferry) => ferry.submitManifest(JSON.parse('{}'))],
    ['USAGE', (ferry: Ferry) => ferry.submitManifest(JSON.parse('null'))],
  ] as const)('%s', async (code, call) => {
    await expect(call(await opened())).rejects.toMatchObject({ name: /Error$/, code });
  });

  test.each([
    ['CONFIG', { REDIS_URL: `nonsense://x:${PASSWORD}@host` }],
    ['CONFIG', { IMS_FERRY_LOCK_MS: 'soon' }],
    [
      'REDIS',
      { REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:1`, IMS_FERRY_CONNECT_TIMEOUT_MS: '200' },
    ],
  ] as const)('%s when it cannot be opened, without the password', async (code, settings) => {
    const error: unknown = await openFerry(settings).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(JSON.stringify([error, String(error)])).not.toContain(PASSWORD);
  });

  test('INTERNAL when Redis holds something else, without the arguments of the command', async () => {
    const ferry = await opened();
    await ferry.submitManifest(two);
    await redis.client.del('{imsferry:default}:b:two');
    await redis.client.set('{imsferry:default}:b:two', 'x');
    const error = await ferry.readStatus('two').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('WRONGTYPE'),
    });
    const fields = ['name', 'advice', 'code', 'exitCode'];
    expect(new Set(Object.keys(error as object))).toEqual(new Set(fields));
  });

  test('of the documented list, which has every code', () => {
    const page = readFileSync('docs/library.md', 'utf8');
    const [, table = ''] = /<!-- codes:begin -->([\s\S]*)<!-- codes:end -->/.exec(page) ?? [];
    const listed = [...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code);
    const text = readSources('src/{shared/errors,library}/*.ts')
      .map(({ path }) => readFileSync(path, 'utf8'))
      .join('\n');
    const thrown = [...text.matchAll(/readonly code = '([A-Z_]+)'/g)].map(([, code]) => code);
    expect(new Set(listed)).toEqual(new Set(thrown));
  });
});

describe('while Redis is away', () => {
  test('a signal ends a call with its reason, and close ends all others', async () => {
    const own = await ownRedis();
    const ferry = await opened({ REDIS_URL: own.url });
    await ferry.submitManifest(two);
    const controller = new AbortController();
    const watching = all(ferry.watchBatch('two', { intervalMs: 10, signal: controller.signal }));
    const other = all(ferry.watchBatch('two', { intervalMs: 10 }));
    await own.kill();
    controller.abort(new Error('enough'));
    await expect(watching).rejects.toThrow('enough');
    const reading = ferry.readStatus('two');
    await Promise.all([
      expect(other).rejects.toMatchObject({ code: 'CLOSED' }),
      expect(reading).rejects.toMatchObject({ code: 'CLOSED' }),
      ferry.close(),
    ]);
    await expect(ferry.readStatus('two')).rejects.toMatchObject({ code: 'CLOSED' });
    await ferry.close();
  });

  test('a watch continues when it is back', async () => {
    const own = await ownRedis();
    const ferry = await opened({ REDIS_URL: own.url });
    await ferry.submitManifest(two);
    const seen: BatchProgress[] = [];
    const watching = (async () => {
      for await (const progress of ferry.watchBatch('two', { intervalMs: 10 })) seen.push(progress);
    })();
    watching.catch(() => undefined);
    await until(() => seen.length === 1);
    await own.kill();
    await own.start();
    await startFerry(['cancel', 'two'], { REDIS_URL: own.url }).exited;
    await watching;
    expect(seen.at(-1)).toMatchObject({ counts: { cancelled: 2 }, finished: true });
  });
});

test('what a person should know about Redis goes to onWarning, and nowhere else', async () => {
  const own = await ownRedis({ args: ['--appendonly', 'no'] });
  const warnings: string[] = [];
  const options = { onWarning: (text: string) => void warnings.push(text) };
  const ferry = await openFerry({ REDIS_URL: own.url }, options);
  await ferry.close();
  expect(warnings).toEqual([expect.stringContaining('no append-only file')]);
});

test('the simulator refuses options that it does not have, and a port that is taken', async () => {
  const first = await startSimulator();
  onTestFinished(() => first.close());
  const { port } = new URL(first.url);
  await expect(startSimulator({ port: Number(port) })).rejects.toMatchObject({ code: 'USAGE' });
  const wrong: object = { durationMS: 5 };
  await expect(startSimulator(wrong)).rejects.toMatchObject({ code: 'USAGE' });
  expect(() => first.set(wrong)).toThrow('durationMS is no option');
  await first.close();
});
