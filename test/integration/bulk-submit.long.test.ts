import { describe, expect, test } from 'vitest';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { queuePrefix, SUBMIT_QUEUE } from '../../src/shared/queues/queues.ts';
import { type FerryProcess, runFerry, spawnFerry } from '../support/ferry.ts';
import { manifestFile, textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const keys = ledgerKeys('default');

const env = () => ({ REDIS_URL: server.url });
const registered = (batch: string): Promise<number> => server.client.zcard(keys.members(batch));

/** Starts a submit and waits until it is in the middle of its work. */
async function submitHalf(file: string, batch: string): Promise<FerryProcess> {
  const ferry = spawnFerry(['submit', file], env());
  await until(async () => (await registered(batch)) >= 300);
  return ferry;
}

/** What the queue holds without priorities, first job first. */
async function queued(): Promise<readonly string[]> {
  const ids = await server.client.lrange(`${queuePrefix('default')}:${SUBMIT_QUEUE}:wait`, 0, -1);
  return ids.toReversed();
}

async function expectAllOnce(batch: string, count: number): Promise<void> {
  const members = await server.client.zrange(keys.members(batch), '0', '-1');
  expect(new Set(members).size).toBe(count);
  const pipeline = server.client.pipeline();
  for (const key of members) pipeline.hget(keys.import(key), 'request');
  const requests = ((await pipeline.exec()) ?? []).map(([, text]) => JSON.parse(String(text)));
  const names = requests.map(({ name }: { name: string }) => name);
  const expected = Array.from(
    { length: count },
    (_, index) => `${batch}-${String(index + 1).padStart(3, '0')}`,
  );
  expect(names).toEqual(expected);
  expect(await queued()).toEqual(members.map((key) => `${key}-1-0`));
}

describe('a submit of thousands of images', () => {
  test('that was killed is run again: each image once, in order, all enqueued', async () => {
    const file = await manifestFile('killed', 20_000);
    const ferry = await submitHalf(file, 'killed');
    ferry.process.kill('SIGKILL');
    expect(await ferry.exited).toBe('SIGKILL');
    expect(await registered('killed')).toBeLessThan(20_000);
    const again = await runFerry(['submit', file], env());
    expect(again.stderr).toContain('Batch killed: 20000 of 20000 images enqueued');
    expect(again.code).toBe(0);
    await expectAllOnce('killed', 20_000);
  });

  test('ends at once on a signal, and resumes when it is run again', async () => {
    const file = await manifestFile('stopped', 20_000);
    const ferry = await submitHalf(file, 'stopped');
    ferry.process.kill('SIGTERM');
    expect(await ferry.exited).toBe(1);
    const done = await registered('stopped');
    expect(done).toBeLessThan(20_000);
    expect(ferry.stderr()).toContain(`Stopped: ${done} of 20000 images of batch stopped are`);
    expect(await queued()).toHaveLength(done);
    expect((await runFerry(['submit', file], env())).code).toBe(0);
    await expectAllOnce('stopped', 20_000);
  });
});

describe('--timeout', () => {
  test('ends the waiting and nothing else', async () => {
    const file = await manifestFile('slow', 2);
    const run = await runFerry(['submit', '--wait', '--timeout', '1s', file], env());
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('Still waiting after 1s: 2 pending; the import continues.');
    expect(await queued()).toHaveLength(2);
  });

  test.each([
    [['--timeout', '30m'], '--timeout needs --wait.'],
    [['--wait', '--timeout', '30'], 'a duration such as 90s, 30m, 12h or 1h30m'],
    [['--wait', '--timeout', '0s'], 'a duration such as 90s, 30m, 12h or 1h30m'],
    [['--wait', '--timeout', '1m2'], 'a duration such as 90s, 30m, 12h or 1h30m'],
  ])('is refused where it says nothing: %j', async (options, words) => {
    const run = await runFerry(['submit', ...options, 'none.yaml'], env());
    expect(run.stderr).toContain(words);
    expect(run.code).toBe(2);
  });
});

test('a changed priority of an image that waits moves it in the queue', async () => {
  const manifest = (more: string) =>
    textFile('order.yaml', `name: order\ndefaults: {min_disk: 40, priority: 7}\nimages:\n${more}`);
  const first = '- {name: a, image_url: bucket:a}\n- {name: c, image_url: bucket:c}\n';
  await runFerry(['submit', await manifest(first)], env());
  const second =
    '- {name: a, image_url: bucket:a}\n- {name: c, image_url: bucket:c, priority: 2}\n';
  const run = await runFerry(['submit', await manifest(second)], env());
  expect(run.stderr).toContain('1 image has a new priority');
  const jobs = `${queuePrefix('default')}:${SUBMIT_QUEUE}:prioritized`;
  const [a, c] = await server.client.zrange(keys.members('order'), '0', '-1');
  expect(await server.client.zrange(jobs, '0', '-1')).toEqual([`${c}-1-0`, `${a}-1-0`]);
  expect(await server.client.hget(keys.import(c ?? ''), 'priority')).toBe('2');
  expect((await runFerry(['submit', await manifest(second)], env())).stderr).not.toContain('new');
});
