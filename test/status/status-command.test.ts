import { describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { watchStatus } from '../../src/cli/status/watch-status.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { imageRequest, manifestImages } from '../support/images.ts';
import { AT, openLedgerParts } from '../support/ledger-parts.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const env = () => ({ REDIS_URL: server.url, IMS_FERRY_NAMESPACE: 'test' });
const keys = ledgerKeys('test');

/** Puts an image into a state as the ledger keeps it; its counts are not what is tested here. */
async function put(index: number, state: string, detail: object): Promise<void> {
  const [key] = await server.client.zrange(keys.members('b'), String(index), String(index));
  await server.client.hset(keys.import(key ?? ''), { state, detail: JSON.stringify(detail) });
}

const REASON = {
  code: 'IMG.0057',
  message: 'gone\u001b[2J',
  advice: 'Look into the bucket.',
};

async function fourImages(): Promise<void> {
  const names = ['web-1', 'web-2', 'db-1', 'db-2'];
  const images = names.map((name, line) => ({ request: imageRequest(name), line }));
  await openLedgerParts(server.client).batches.register('b', images, AT);
  await put(0, 'failed', { reason: REASON, jobId: 'j-1' });
  await put(1, 'creating', { since: 1, jobId: 'j-2' });
  await put(2, 'succeeded', { imageId: 'i-3', jobId: 'j-3' });
  await server.client.hset(keys.batch('b'), { 'n:pending': 1, 'n:failed': 1, 'n:creating': 1 });
  await server.client.hset(keys.batch('b'), { 'n:succeeded': 1 });
}

const linesOf = async (...args: string[]): Promise<readonly string[]> =>
  (await runFerry(['status', 'b', ...args], env())).stdout.trimEnd().split('\n').slice(1);

describe('status of a batch', () => {
  test('names the kind of each id, and escapes text from IMS', async () => {
    await fourImages();
    expect(await linesOf()).toEqual([
      '  failed     web-1  IMG.0057: gone\\u001b[2J  job j-1',
      '  creating   web-2                           job j-2',
      '  succeeded  db-1                            image i-3',
      '  pending    db-2',
      '',
      'IMG.0057  ×1  gone\\u001b[2J',
      '      Look into the bucket.',
    ]);
  });

  test('shows those of a name, those in trouble by code with advice, and both', async () => {
    await fourImages();
    expect(await linesOf('--failed')).toEqual([
      '  failed  web-1  IMG.0057: gone\\u001b[2J  job j-1',
      '',
      'IMG.0057  ×1  gone\\u001b[2J',
      '      Look into the bucket.',
    ]);
    expect(await linesOf('--name', 'db-?')).toHaveLength(2);
    expect(await linesOf('--name', 'db-*', '--failed')).toEqual([]);
  });

  test('keeps the shape of its JSON, with fewer images', async () => {
    await fourImages();
    const json = async (...args: string[]) =>
      JSON.parse((await runFerry(['status', 'b', '--json', ...args], env())).stdout);
    const all = await json();
    const failed = await json('--failed');
    expect(all.version).toBe(1);
    expect(all.images).toHaveLength(4);
    expect({ ...failed, images: all.images }).toEqual(all);
    expect(failed.images).toEqual([all.images[0]]);
    expect((await json('--name', '*-2')).images).toEqual([all.images[1], all.images[3]]);
  });

  test.each([
    [['--failed'], 'apply to the images of one batch'],
    [['--name', 'x'], 'apply to the images of one batch'],
    [['--watch', '--json'], '--watch cannot be used with --json'],
    [['b', '--watch', '--failed'], '--watch cannot be used with --failed'],
  ])('refuses what says nothing: %j', async (args, words) => {
    const run = await runFerry(['status', ...args], env());
    expect(run.stderr).toContain(words);
    expect(run.code).toBe(2);
  });
});

/** A terminal that remembers what was drawn on it. */
function fakeTerminal(stop: AbortSignal): { readonly io: Io; readonly drawn: () => string } {
  let text = '';
  const draw = (part: string): void => {
    text += part;
  };
  const io: Io = {
    out: () => undefined,
    err: (line) => draw(`${line}\n`),
    log: { write: draw },
    ...{ draw, stop, terminal: true, columns: 60, rows: 12, env: {} },
  };
  return { io, drawn: () => text };
}

describe('status --watch', () => {
  test('prints a line for what has changed, and ends with 0', async () => {
    const { batches } = openLedgerParts(server.client);
    await batches.register('b', manifestImages(2), AT);
    const ferry = startFerry(['status', '--watch'], env());
    await until(() => ferry.stdout() !== '');
    await batches.register('later', manifestImages(3, 'other'), AT);
    await until(() => ferry.stdout().includes('later'));
    expect(await ferry.stop()).toBe(0);
    expect(ferry.stdout()).toBe('b: 0/2 done (2 pending)\nlater: 0/3 done (3 pending)\n');
  });

  test('draws a table on a terminal and puts the terminal back', async () => {
    await fourImages();
    const stop = new AbortController();
    const { io, drawn } = fakeTerminal(stop.signal);
    const watching = watchStatus('b', { config: loadConfig(env()), io });
    await until(() => drawn().includes('IMG.0057'));
    expect(drawn().startsWith('\u001b[?1049h\u001b[?25l\u001b[H')).toBe(true);
    expect(drawn()).toContain('1 succeeded, 1 failed, 1 creating, 1 pending');
    stop.abort();
    expect(await watching).toBe(0);
    const [, after] = drawn().split('\u001b[?25h\u001b[?1049l');
    expect(after).toContain('failed  web-1');
    expect(after).not.toContain('\u001b');
  });

  test('puts the terminal back when Redis refuses', async () => {
    await fourImages();
    const { io, drawn } = fakeTerminal(new AbortController().signal);
    const watching = watchStatus('b', { config: loadConfig(env()), io });
    const ended = expect(watching).rejects.toThrow('WRONGTYPE');
    await until(() => drawn().includes('web-1'));
    await server.client.set(keys.inFlight, 'not a set');
    await ended;
    expect(drawn()).toContain('\u001b[?25h\u001b[?1049l');
  });
});
