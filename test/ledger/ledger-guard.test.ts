import { describe, expect, test } from 'vitest';
import { manifestImages } from '../support/images.ts';
import {
  AT,
  admitted,
  HOLDER,
  INTENT,
  KEYS,
  openLedgerParts,
  registered,
} from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

describe('admission waits for a scan', () => {
  test('that is younger than the import', async () => {
    const { batches, ledger, guard } = openLedgerParts(server.client);
    await batches.register('b', manifestImages(1), AT);
    const [entry] = await ledger.readMany(await batches.members('b', 0, 1));
    if (!entry) throw new Error('not registered');
    await guard.report(HOLDER);
    const scan = await guard.beginScan();
    await guard.scanned({ ...scan, at: entry.registeredAt - 1 });
    expect(await ledger.admit(entry, INTENT)).toEqual({ kind: 'scan' });
    await guard.scanned({ ...scan, at: entry.registeredAt });
    expect((await ledger.admit(entry, INTENT)).kind).toBe('admitted');
  });

  test('on this run of the server', async () => {
    const parts = await registered(server.client, 1);
    const scan = await parts.guard.beginScan();
    expect(scan).toMatchObject({ isOtherServer: false });
    expect(scan.server).toMatch(/^[0-9a-f]{40}$/);
    await server.client.hset(KEYS.meta, 'server', 'f'.repeat(40));
    expect(await parts.guard.beginScan()).toMatchObject({ isOtherServer: true });
    expect(await admitted(parts, 0)).toEqual({ kind: 'scan' });
    await parts.guard.scanned(scan);
    expect((await admitted(parts, 0)).kind).toBe('admitted');
  });
});

describe('generation', () => {
  test('grows with each intent', async () => {
    const parts = await registered(server.client, 2);
    expect(await admitted(parts, 0)).toMatchObject({ kind: 'admitted', generation: 1 });
    expect(await admitted(parts, 1)).toMatchObject({ kind: 'admitted', generation: 2 });
    expect(await parts.guard.report({ ...HOLDER, seen: 0, windowMs: 1000 })).toMatchObject({
      generation: 2,
      isNews: false,
    });
  });

  test('a ledger behind what a worker has seen admits nothing', async () => {
    const parts = await registered(server.client, 1);
    expect(await admitted(parts, 0, { seenGeneration: 1 })).toEqual({ kind: 'behind' });
  });

  test('a report of more freezes creates for everybody, then asks for a scan', async () => {
    const parts = await registered(server.client, 1);
    const report = await parts.guard.report({ ...HOLDER, seen: 7, windowMs: 60_000 });
    expect(report).toMatchObject({ generation: 7, isNews: true });
    expect(await admitted(parts, 0)).toMatchObject({ kind: 'frozen' });
    expect(await parts.guard.report({ ...HOLDER, seen: 7, windowMs: 60_000 })).toEqual({
      ...report,
      isNews: false,
    });
    expect(await parts.guard.waiting()).toEqual({ ms: report.frozenMs, missing: 0 });
    // The window is over, yet the last scan began before its end.
    const over = (await parts.guard.beginScan()).time - 1;
    await server.client.hset(KEYS.meta, 'frozen_until', over, 'scanned_time', over - 1);
    expect(await admitted(parts, 0)).toEqual({ kind: 'scan' });
    await parts.guard.scanned(await parts.guard.beginScan());
    expect((await admitted(parts, 0)).kind).toBe('admitted');
  });

  test('a person may vouch for this Redis; a scan is still needed', async () => {
    const parts = await registered(server.client, 1);
    await parts.guard.report({ ...HOLDER, seen: 7, windowMs: 60_000 });
    expect(await parts.guard.trust()).toBe(true);
    expect(await parts.guard.trust()).toBe(false);
    expect(await admitted(parts, 0)).toEqual({ kind: 'scan' });
    await parts.guard.scanned(await parts.guard.beginScan());
    expect((await admitted(parts, 0)).kind).toBe('admitted');
  });

  test('a doubted ledger admits nothing before a report, a window of the fleet, and a scan', async () => {
    const parts = await registered(server.client, 1);
    await parts.guard.freezeAtNextReport();
    expect(await admitted(parts, 0)).toEqual({ kind: 'behind' });
    expect(await parts.guard.waiting()).toMatchObject({ missing: 0 });
    const begun = (await parts.guard.beginScan()).time;
    const report = await parts.guard.report({ ...HOLDER, windowMs: 60_000 });
    expect(report).toMatchObject({ isNews: true, generation: 0 });
    expect(report.frozenMs).toBeGreaterThanOrEqual(60_000);
    expect(await parts.guard.report(HOLDER)).toMatchObject({ isNews: false });
    expect(await admitted(parts, 0)).toMatchObject({ kind: 'frozen' });
    // The fleet's time, not a clock, ends it; the scan from before does not count.
    await server.client.hset(KEYS.meta, 'time', begun + report.frozenMs);
    expect(await parts.guard.waiting()).toBeUndefined();
    expect(await admitted(parts, 0)).toEqual({ kind: 'scan' });
    await parts.guard.scanned(await parts.guard.beginScan());
    expect((await admitted(parts, 0)).kind).toBe('admitted');
  });

  test('a ledger whose time was removed is doubted: waits may have ended too early', async () => {
    const parts = await registered(server.client, 1);
    await server.client.hdel(KEYS.meta, 'time');
    expect(await admitted(parts, 0)).toEqual({ kind: 'behind' });
    expect((await parts.guard.report(HOLDER)).frozenMs).toBeGreaterThan(0);
  });

  test('a person may vouch for a doubted ledger', async () => {
    const parts = await registered(server.client, 1);
    await parts.guard.freezeAtNextReport();
    expect(await parts.guard.trust()).toBe(true);
    expect(await parts.guard.report(HOLDER)).toMatchObject({ isNews: false, frozenMs: 0 });
  });

  test('a ledger of a newer schema admits nothing', async () => {
    const parts = await registered(server.client, 1);
    await server.client.hset(KEYS.meta, 'schema', '99');
    expect(await admitted(parts, 0)).toEqual({ kind: 'newer' });
  });
});

test('an import that every batch has declined or paused is not admitted', async () => {
  const parts = await registered(server.client, 1);
  const key = parts.members[0] ?? '';
  await parts.batches.register('other', manifestImages(1), AT);
  await parts.guard.scanned(await parts.guard.beginScan());
  expect(await parts.ledger.decline(key, 'b')).toBe(false);
  expect(await parts.batches.setPaused('other', true)).toBe(true);
  expect(await admitted(parts, 0)).toEqual({ kind: 'paused' });
  await parts.batches.setPaused('other', false);
  expect(await parts.ledger.decline(key, 'other')).toBe(true);
  expect(await admitted(parts, 0)).toEqual({ kind: 'paused' });
  await parts.batches.register('b', manifestImages(1), AT);
  expect((await parts.ledger.read(key))?.declined).toEqual(['other']);
  expect((await admitted(parts, 0)).kind).toBe('admitted');
});
