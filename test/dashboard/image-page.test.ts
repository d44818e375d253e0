import { describe, expect, test } from 'vitest';
import { openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { AT, admitted, readAs } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const HELD_AT = Date.UTC(2026, 2, 1, 14, 20, 5);

async function fail(dashboard: TestDashboard, index: number): Promise<void> {
  await admitted(dashboard, index);
  const reason = { code: 'IMG.0044', message: 'broken' };
  const event = { type: 'refused', epoch: 1, at: 1100, reason } as const;
  await dashboard.ledger.change(dashboard.members[index] ?? '', event, AT);
}

async function hold(dashboard: TestDashboard, index: number): Promise<void> {
  const key = dashboard.members[index] ?? '';
  await admitted(dashboard, index);
  const reason = { code: 'UND_ERR_SOCKET', message: 'the connection was closed' };
  await dashboard.ledger.change(key, { type: 'unclear', epoch: 1, at: 1100, reason }, AT);
  const of = await readAs(dashboard, key);
  const verdict = { type: 'not-found', of, verdict: 'hold', at: 9000 } as const;
  await dashboard.ledger.change(key, verdict, { ...AT, now: HELD_AT });
}

const path = ({ members }: TestDashboard, index: number) =>
  `/batches/spring/images/${members[index]}`;
const pageOf = async (dashboard: TestDashboard, index: number) =>
  (await dashboard.look(path(dashboard, index))).body;

describe('the page of an image', () => {
  test('leads with where it comes from, its ids to copy, its system and disk', async () => {
    const dashboard = await openDashboard(redis.client);
    await admitted(dashboard, 0);
    const event = { type: 'accepted', epoch: 1, at: 1100, jobId: 'job-1' } as const;
    await dashboard.ledger.change(dashboard.members[0] ?? '', event, AT);
    const body = await pageOf(dashboard, 0);
    expect(body.indexOf('>Source<')).toBeLessThan(body.indexOf('What happened'));
    for (const text of ['bucket:images/image-1.qcow2', 'job-1', dashboard.members[0]]) {
      expect(body).toContain(`data-copy="${text}"`);
    }
    expect(body).toContain('at least 40 GB');
  });

  test('links to the console and to the trace, where they are known', async () => {
    const traceUrl = 'https://jaeger.test/trace/{trace_id}';
    const places = { consoleUrl: 'https://console.test/ims/', namespace: 'test' };
    const config = { hosts: [], traceUrl };
    const dashboard = await openDashboard(redis.client, { ...places, config });
    const body = await pageOf(dashboard, 0);
    expect(body).toContain('href="https://console.test/ims/"');
    expect(body).toMatch(/href="https:\/\/jaeger\.test\/trace\/[0-9a-f]{32}"/);
    const plain = await openDashboard(redis.client);
    expect(await pageOf(plain, 0)).not.toMatch(/>(Cloud|Trace)</);
  });

  test('of one whose image was pruned says so, and when', async () => {
    const dashboard = await openDashboard(redis.client);
    const key = dashboard.members[0] ?? '';
    const image = { id: 'image-9', status: 'active' };
    const found = { type: 'found', of: await readAs(dashboard, key), image, at: 1000 } as const;
    await dashboard.ledger.change(key, found, AT);
    const entry = await dashboard.ledger.read(key);
    if (!entry) throw new Error('not registered');
    const removal = { imageId: 'image-9', key, name: 'image-1', kind: 'prune', at: 1 } as const;
    const { removals } = dashboard.ledger;
    expect(await removals.intend(entry, removal, 'to be pruned: image image-9')).toBe(true);
    const line = 'pruned: image image-9 deleted';
    await removals.settle(removal, { line, prunedAt: HELD_AT });
    const body = await pageOf(dashboard, 0);
    expect(body).toMatch(/<dt>Pruned<\/dt><dd><time[^>]+2026-03-01T14:20:05/);
    expect(body).toContain('prune deleted it later');
    expect(body).toContain(line);
  });

  test('of one that is held says since when it is, and why in words', async () => {
    const dashboard = await openDashboard(redis.client);
    await hold(dashboard, 0);
    const body = await pageOf(dashboard, 0);
    expect(body).toContain(
      '<dt>Held since</dt><dd><time datetime="2026-03-01T14:20:05.000Z" data-form="second">2026-03-01 14:20:05 UTC</time>',
    );
    expect(body).not.toContain('<dt>Finished</dt>');
    const words = 'Connection closed before the answer';
    expect(body).toContain(`<span class="words" title="UND_ERR_SOCKET">${words}</span>`);
    expect(body).toContain('unknown: the connection was closed');
  });

  test('has the buttons for what can be done with it, and no others', async () => {
    const dashboard = await openDashboard(redis.client, { count: 4 });
    await fail(dashboard, 0);
    await hold(dashboard, 1);
    await admitted(dashboard, 2);
    const actions = async (index: number) => {
      const found = (await pageOf(dashboard, index)).matchAll(
        /images\/[\w-]+\/(retry|resolve|cancel)"/g,
      );
      return [...found].map(([, action]) => action);
    };
    expect(await actions(0)).toEqual(['retry']);
    // Without a login to the cloud its list cannot be read.
    expect(await actions(1)).toEqual([]);
    expect(await actions(2)).toEqual([]);
    expect(await actions(3)).toEqual(['cancel']);
  });
});

describe('from one failed image to the next', () => {
  test('the way is in the order of the manifest, and begins again after the last', async () => {
    const dashboard = await openDashboard(redis.client, { count: 6 });
    for (const index of [1, 3, 4]) await fail(dashboard, index);
    const go = async (index: number, way: string) =>
      (await dashboard.look(`${path(dashboard, index)}/${way}?state=failed`)).headers['location'];
    expect(await go(1, 'next')).toBe(path(dashboard, 3));
    expect(await go(4, 'next')).toBe(path(dashboard, 1));
    expect(await go(1, 'previous')).toBe(path(dashboard, 4));
    expect(await go(2, 'previous')).toBe(path(dashboard, 1));
    expect(await pageOf(dashboard, 3)).toContain('>Next failed</a>');
  });

  test('there is no way where there is no other', async () => {
    const dashboard = await openDashboard(redis.client, { count: 3 });
    await fail(dashboard, 1);
    expect(await pageOf(dashboard, 1)).not.toContain('Next failed');
    expect(await pageOf(dashboard, 0)).toContain('Next failed');
    const { headers } = await dashboard.look(`${path(dashboard, 1)}/next?state=failed`);
    expect(headers['location']).toBe(path(dashboard, 1));
  });
});
