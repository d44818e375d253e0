import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Holder } from '../../src/shared/ledger/guard-store.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { watchGeneration } from '../../src/worker/generation.ts';
import { admitted, KEYS, type RegisteredParts, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const WINDOW_MS = 300_000;

function holder(workerId: string, isSafe: boolean, seen = 0): Holder {
  return { workerId, isSafe, isKept: true, seen, windowMs: WINDOW_MS };
}

/** What a new run of the server leaves of the old one: every worker has reported to another server. */
async function newRun(run = 'f'.repeat(40)): Promise<void> {
  await server.client.hset(KEYS.meta, 'run', run, 'server', run);
  for (const [name, value] of Object.entries(await server.client.hgetall(KEYS.holders))) {
    const [at, its, mode] = value.split(' ');
    const isHere = /^run_id:(\w+)/m.exec(await server.client.info('server'))?.[1] === its;
    await server.client.hset(KEYS.holders, name, `${at} ${isHere ? run : its} ${mode}`);
  }
}

/** A ledger on which `a` and `b` were at work; then the server was restarted. */
async function afterNewRun(isSafe: boolean): Promise<RegisteredParts> {
  const parts = await registered(server.client, 1);
  await parts.guard.leave('w');
  for (const name of ['a', 'b']) await parts.guard.report(holder(name, isSafe));
  await newRun();
  return parts;
}

/** Whether a scan that begins now would let creates resume. */
async function mayResume({ guard }: RegisteredParts): Promise<boolean> {
  return guard.scanned(await guard.beginScan(WINDOW_MS));
}

describe('after a new run of a server that may have lost intents', () => {
  test('silence is no answer: creates wait for a worker that has not reported', async () => {
    const parts = await afterNewRun(false);
    const report = await parts.guard.report(holder('b', false));
    expect(report).toMatchObject({ missing: ['a'], wasKnown: true });
    expect(await parts.guard.beginScan(WINDOW_MS)).toMatchObject({
      isOtherServer: true,
      missing: 1,
    });
    expect(await mayResume(parts)).toBe(false);
    expect(await parts.guard.waiting()).toMatchObject({ missing: 1 });
    expect(await admitted(parts, 0, { sender: 'b.1' })).toEqual({ kind: 'scan' });
  });

  test('they resume as soon as every worker has reported', async () => {
    const parts = await afterNewRun(false);
    await parts.guard.report(holder('b', false));
    await parts.guard.report(holder('a', false));
    expect(await mayResume(parts)).toBe(true);
    expect((await admitted(parts, 0, { sender: 'b.1' })).kind).toBe('admitted');
  });

  test('what the late one knew freezes them for a window', async () => {
    const parts = await afterNewRun(false);
    await parts.guard.report(holder('b', false));
    expect(await parts.guard.report(holder('a', false, 9))).toMatchObject({ isNews: true });
    expect(await mayResume(parts)).toBe(true);
    expect(await admitted(parts, 0, { sender: 'b.1' })).toMatchObject({ kind: 'frozen' });
  });

  test('a whole window of the fleet’s time is long enough, and not a moment less', async () => {
    const parts = await afterNewRun(false);
    await parts.guard.report(holder('b', false));
    await server.client.hincrby(KEYS.meta, 'time', WINDOW_MS - 1);
    expect(await mayResume(parts)).toBe(false);
    const { waitMs } = await parts.guard.beginScan(WINDOW_MS);
    await server.client.hincrby(KEYS.meta, 'time', waitMs);
    expect(await mayResume(parts)).toBe(true);
  });

  test('one more new run does not end the wait', async () => {
    const parts = await afterNewRun(false);
    await parts.guard.report(holder('b', false));
    await server.client.hincrby(KEYS.meta, 'time', WINDOW_MS - 1);
    await newRun('e'.repeat(40));
    await parts.guard.report(holder('b', false));
    expect(await mayResume(parts)).toBe(false);
  });

  test('creates do not wait for a worker that stopped cleanly', async () => {
    const parts = await registered(server.client, 1);
    await parts.guard.leave('w');
    for (const name of ['a', 'b']) await parts.guard.report(holder(name, false));
    await parts.guard.leave('a');
    await newRun();
    await parts.guard.report(holder('b', false));
    expect(await mayResume(parts)).toBe(true);
  });

  test('nor who was gone long before, for its intents are on the disk', async () => {
    const parts = await registered(server.client, 1);
    await parts.guard.leave('w');
    await parts.guard.report(holder('a', false));
    await server.client.hincrby(KEYS.meta, 'time', 2 * 60_000);
    await parts.guard.report(holder('b', false));
    await newRun();
    await parts.guard.report(holder('b', false));
    expect(await mayResume(parts)).toBe(true);
  });

  test('a worker that was entered again on its host speaks for the one that is gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-state-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const watch = (workerId: string) =>
      watchGeneration({ clock: systemClock, folder, ledger: 'l', workerId, log: silentLogger() });
    const here = await watch('b');
    await (await watch('a')).note(9);
    const parts = await afterNewRun(false);
    const { missing } = await parts.guard.report(holder('b', false));
    const speaksFor = await here.learnFrom(missing);
    expect(speaksFor).toEqual(['a']);
    expect(here.seen).toBe(9);
    const report = await parts.guard.report({ ...holder('b', false, here.seen), speaksFor });
    expect(report).toMatchObject({ isNews: true, missing: [] });
  });

  test('nobody speaks for one whose last numbers were not kept on its disk', async () => {
    const parts = await registered(server.client, 1);
    await parts.guard.leave('w');
    for (const name of ['a', 'b']) await parts.guard.report(holder(name, false));
    const unkept = await parts.guard.report({ ...holder('a', false), isKept: false });
    // That has to reach the disk of Redis before its next intent.
    expect(unkept.wasKnown).toBe(false);
    const again = await parts.guard.report({ ...holder('a', false), isKept: false });
    expect(again.wasKnown).toBe(true);
    await newRun();
    const report = await parts.guard.report({ ...holder('b', false), speaksFor: ['a'] });
    expect(report.missing).toEqual(['a']);
    expect(await mayResume(parts)).toBe(false);
    expect((await parts.guard.report(holder('a', false))).wasKnown).toBe(true);
    expect(await mayResume(parts)).toBe(true);
  });

  test('a person may end the wait', async () => {
    const parts = await afterNewRun(false);
    await parts.guard.report(holder('b', false));
    expect(await parts.guard.trust()).toBe(true);
    expect(await parts.guard.trust()).toBe(false);
    expect(await mayResume(parts)).toBe(true);
  });

  test('creates wait for workers of an older version, which did not register', async () => {
    const parts = await registered(server.client, 1);
    await server.client.del(KEYS.holders);
    await server.client.hdel(KEYS.meta, 'run');
    await server.client.hset(KEYS.meta, 'server', 'f'.repeat(40));
    await parts.guard.report(holder('b', false));
    expect(await mayResume(parts)).toBe(false);
  });
});

test('where every intent was on the disk before its POST left, nobody is waited for', async () => {
  const parts = await afterNewRun(true);
  await parts.guard.report(holder('b', true));
  expect(await mayResume(parts)).toBe(true);
});

test('a worker is admitted only on a run of the server on which it has reported', async () => {
  const parts = await registered(server.client, 1);
  expect(await admitted(parts, 0, { sender: 'x.1' })).toEqual({ kind: 'report' });
  expect((await parts.guard.report(holder('x', false))).wasKnown).toBe(false);
  expect((await admitted(parts, 0, { sender: 'x.1' })).kind).toBe('admitted');
});
