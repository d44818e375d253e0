import { describe, expect, test } from 'vitest';
import { carryOut } from '../../src/operator/prune/carry-out.ts';
import type { RetentionRule } from '../../src/shared/image/image-request.ts';
import { KEY_ID } from '../support/copies.ts';
import { runFerry } from '../support/ferry.ts';
import type { ImportedImage } from '../support/imported-images.ts';
import { textFile } from '../support/manifest-file.ts';
import { beforeIntent, beforeReading, planned, withRemovalDeps } from '../support/removal-deps.ts';
import { useRedis } from '../support/use-redis.ts';
import { weeklyImages } from '../support/weekly-images.ts';

const server = useRedis({ emptied: true });
const RULES: readonly RetentionRule[] = [{ family: 'debian-12-*', keepLast: 3 }];

type Weekly = Awaited<ReturnType<typeof weeklyImages>>;

/** Changes an image of the cloud, as another client would. */
function change({ simulator }: Weekly, id: string, fields: object): void {
  const image = simulator.state.cloud.images.get(id);
  if (!image) throw new Error('no such image');
  simulator.state.cloud.images.put({ ...image, ...fields });
}

function protect(weekly: Weekly, id: string): void {
  const { fields } = weekly.simulator.state.cloud.images.get(id) ?? { fields: {} };
  change(weekly, id, { fields: { ...fields, protected: true } });
}

interface Attack {
  readonly what: string;
  readonly happens: (weekly: Weekly, image: ImportedImage) => unknown;
  /** Seen before the image is read again: by the second plan. */
  readonly earlier?: true;
  readonly says: string;
}

/** A manifest that wants an encrypted copy of an image that was imported long ago. */
function copyOf(name: string): Promise<string> {
  const image = `{ name: ${name}, image_url: "bucket:images/${name}.qcow2", min_disk: 40, copies: [{ cmk_id: ${KEY_ID} }] }`;
  return textFile('later.yaml', `name: later\nimages:\n  - ${image}\n`);
}

const recreate = ({ world }: Weekly, { key }: ImportedImage): Promise<unknown> =>
  world.ledger.change(key, { type: 'recreate', at: 1 }, { now: 1, due: 9_000_000_000_000 });

const ATTACKS: readonly Attack[] = [
  {
    what: 'renamed',
    happens: (weekly, { id }) => change(weekly, id, { name: 'golden' }),
    says: 'it was renamed to golden',
  },
  {
    what: 'protected',
    happens: (weekly, { id }) => protect(weekly, id),
    says: 'it is protected now',
  },
  {
    what: 'stripped of its marker',
    happens: (weekly, { id }) => change(weekly, id, { tags: [] }),
    says: 'it no longer carries its marker',
  },
  {
    what: 'given the marker of another import',
    happens: (weekly, { id }) =>
      change(weekly, id, { tags: [{ key: 'imsferry', value: weekly.images[4]?.key ?? '' }] }),
    says: 'it no longer carries its marker',
  },
  {
    what: 'given to another project',
    happens: (weekly, { id }) => change(weekly, id, { owner: 'f'.repeat(32) }),
    says: 'it is no longer listed as it was',
  },
  {
    what: 'deleted by somebody else',
    happens: (weekly, { id }) => change(weekly, id, { deletedAt: 1 }),
    says: 'it is no longer listed as it was',
  },
  {
    what: 'no longer known to be shared or not',
    happens: ({ simulator }) => simulator.set({ answers: { members: 'IMG.0026' } }),
    says: 'whether it is shared cannot be read: IMG.0026',
  },
  { what: 'wanted again', happens: recreate, says: 'its import has changed meanwhile' },
  {
    what: 'renamed',
    earlier: true,
    happens: (weekly, { id }) => change(weekly, id, { name: 'golden' }),
    says: 'it is no longer listed as it was',
  },
  {
    what: 'protected',
    earlier: true,
    happens: (weekly, { id }) => protect(weekly, id),
    says: 'it is protected',
  },
  { what: 'wanted again', earlier: true, happens: recreate, says: 'its import is pending' },
  {
    what: 'used for a server',
    earlier: true,
    happens: ({ simulator }, { id }) =>
      simulator.set({ servers: [{ id: 's1', name: 'web-1', imageId: id }] }),
    says: 'servers were made from it: web-1',
  },
  {
    what: 'shared',
    earlier: true,
    happens: (weekly, { id }) =>
      change(weekly, id, {
        members: [{ projectId: 'q', status: 'pending', createdAt: 1, updatedAt: 1 }],
      }),
    says: 'it is shared with other projects',
  },
  {
    what: 'among the newest, since a newer one is gone,',
    earlier: true,
    happens: (weekly) => change(weekly, weekly.images[4]?.id ?? '', { deletedAt: 1 }),
    says: 'one of the newest 4',
  },
];

/** @param which the clock that shows it: the monotonic one stands still while the host sleeps */
async function sleepsBeforeDelete(which: 'monotonic' | 'now'): Promise<void> {
  const weekly = await weeklyImages(server, 4);
  const [image] = weekly.images;
  if (!image) throw new Error('no image');
  await withRemovalDeps(weekly.env, async (deps) => {
    const carrying = await planned(deps, RULES);
    const { removals } = deps.ledger;
    let sleptMs = 0;
    const clock = { ...deps.clock, [which]: () => deps.clock[which]() + sleptMs };
    const intend = removals.intend.bind(removals);
    removals.intend = async (...args) => {
      const isDone = await intend(...args);
      sleptMs = 60_000;
      protect(weekly, image.id);
      return isDone;
    };
    const [one] = await carryOut({ ...deps, clock }, carrying);
    expect(one?.result).toEqual({ kind: 'kept', why: 'it is protected now' });
    expect(await removals.open()).toEqual([]);
  });
  expect(weekly.deleted()).toEqual([]);
  expect(weekly.simulator.stats.calls['delete'] ?? 0).toBe(0);
}

describe('between the plan and the DELETE', () => {
  test.each(
    ATTACKS.map((attack) => ({ ...attack, when: attack.earlier ? 'soon' : 'at the last moment' })),
  )('an image that is $what $when stays', async ({ happens, earlier, says }) => {
    const weekly = await weeklyImages(server, 4);
    const [image] = weekly.images;
    if (!image) throw new Error('no image');
    // Five images: four weeks, and the newest one.
    weekly.images.push(await weekly.world.imported('debian-12-05', 5));
    await withRemovalDeps(weekly.env, async (deps) => {
      const carrying = await planned(deps, [{ family: 'debian-12-*', keepLast: 4 }]);
      const act = async () => happens(weekly, image);
      if (earlier) await act();
      const results = await carryOut(earlier ? deps : beforeReading(deps, act), carrying);
      const why = expect.stringContaining(says);
      expect(results.map(({ row, result }) => [row.image.id, result])).toEqual([
        [image.id, { kind: 'kept', why }],
      ]);
      expect(weekly.deleted()).toEqual([]);
    });
  });

  test('a copy that is registered right before the intent keeps the image of its source', async () => {
    const weekly = await weeklyImages(server, 4);
    const [image] = weekly.images;
    if (!image) throw new Error('no image');
    const { simulator, env, world } = weekly;
    const command = ['submit', await copyOf(image.name), '--no-check'];
    await withRemovalDeps(weekly.env, async (deps) => {
      const carrying = await planned(deps, RULES);
      beforeIntent(deps, async () => expect((await runFerry(command, env)).code).toBe(0));
      const [answer] = await carryOut(deps, carrying);
      expect(answer?.result).toEqual({ kind: 'kept', why: 'its import has changed meanwhile' });
    });
    expect(weekly.deleted()).toEqual([]);
    expect(simulator.state.cloud.images.get(image.id)?.deletedAt).toBeUndefined();
    expect(await world.ledger.removals.open()).toEqual([]);
  });

  test('an import that moves right before the intent keeps its image', async () => {
    const weekly = await weeklyImages(server, 4);
    const [image] = weekly.images;
    if (!image) throw new Error('no image');
    await withRemovalDeps(weekly.env, async (deps) => {
      const carrying = await planned(deps, RULES);
      beforeIntent(deps, () => recreate(weekly, image));
      const [one] = await carryOut(deps, carrying);
      expect(one?.result).toEqual({ kind: 'kept', why: 'its import has changed meanwhile' });
      expect(await deps.ledger.removals.open()).toEqual([]);
    });
    expect(weekly.deleted()).toEqual([]);
  });

  test('an import that is wanted again after an unclear answer keeps its image', async () => {
    const weekly = await weeklyImages(server, 4, { nextDeletes: { http500: 1 } });
    const [image] = weekly.images;
    if (!image) throw new Error('no image');
    await withRemovalDeps(weekly.env, async (deps) => {
      const carrying = await planned(deps, RULES);
      const clock = { ...deps.clock, sleep: async () => void (await recreate(weekly, image)) };
      const [one] = await carryOut({ ...deps, clock }, carrying);
      expect(one?.result).toEqual({ kind: 'kept', why: 'its import has changed meanwhile' });
    });
    expect(weekly.deleted()).toEqual([]);
    expect(weekly.simulator.stats.calls['delete']).toBe(1);
  });

  test('a process that slept before its DELETE reads everything again', () =>
    sleepsBeforeDelete('monotonic'));

  test('a host that was suspended before its DELETE reads everything again', () =>
    sleepsBeforeDelete('now'));

  test('an image that comes into use after the first DELETE stays, and so does one that is shared', async () => {
    const weekly = await weeklyImages(server, 6);
    const [, second, third] = weekly.images;
    if (!second || !third) throw new Error('no images');
    await withRemovalDeps(weekly.env, async (deps) => {
      const onEach = (): void => {
        weekly.simulator.set({ servers: [{ id: 's1', name: 'web-1', imageId: second.id }] });
        const member = { projectId: 'q', status: 'pending', createdAt: 1, updatedAt: 1 } as const;
        change(weekly, third.id, { members: [member] });
      };
      const results = await carryOut(deps, { ...(await planned(deps, RULES)), onEach });
      expect(results.map(({ result }) => ('why' in result ? result.why : result.kind))).toEqual([
        'deleted',
        'servers were made from it: web-1',
        'it is shared now',
      ]);
    });
    expect(weekly.deleted()).toEqual(['debian-12-01']);
  });

  test('servers that cannot be read after the first DELETE end it, and what was done is reported', async () => {
    const weekly = await weeklyImages(server, 6);
    await withRemovalDeps(weekly.env, async (deps) => {
      const onEach = (): void => weekly.simulator.set({ answers: { servers: { code: '503' } } });
      const results = await carryOut(deps, { ...(await planned(deps, RULES)), onEach });
      expect(results.map(({ result }) => result.kind)).toEqual(['deleted', 'blind']);
    });
    expect(weekly.deleted()).toEqual(['debian-12-01']);
  });

  test('nothing that the plan did not name is deleted, however many are old by then', async () => {
    const weekly = await weeklyImages(server, 4);
    await withRemovalDeps(weekly.env, async (deps) => {
      const carrying = await planned(deps, RULES);
      await weekly.world.imported('debian-12-05', 5);
      await weekly.world.imported('debian-12-06', 6);
      await carryOut(deps, carrying);
      expect(weekly.deleted()).toEqual(['debian-12-01']);
    });
  });

  test('a list that cannot be read again ends it, and nothing is deleted', async () => {
    const weekly = await weeklyImages(server, 4);
    await withRemovalDeps(weekly.env, async (deps) => {
      const carrying = await planned(deps, RULES);
      weekly.simulator.set({ answers: { list: 'IMG.0026' } });
      await expect(carryOut(deps, carrying)).rejects.toThrow('no image is deleted');
      weekly.simulator.set({ answers: { servers: { code: '503' } } });
      const results = await carryOut(deps, carrying);
      const why = expect.stringContaining('The list of servers cannot be read');
      expect(results.map(({ result }) => result)).toEqual([{ kind: 'blind', why }]);
    });
    expect(weekly.deleted()).toEqual([]);
  });
});
