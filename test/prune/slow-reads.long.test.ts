import { expect, test } from 'vitest';
import { carryOut, type RemovalDeps } from '../../src/operator/prune/carry-out.ts';
import { planned, withRemovalDeps } from '../support/removal-deps.ts';
import { useRedis } from '../support/use-redis.ts';
import { weeklyImages } from '../support/weekly-images.ts';

const server = useRedis({ emptied: true });

interface Row {
  readonly what: keyof Pick<RemovalDeps, 'usedImages' | 'members'>;
  readonly takesMs: number;
  /** Of each image of the plan that was tried. */
  readonly whys: readonly string[];
}

const SERVERS = 'the list of servers took longer than 2 minutes to read, so it no longer counts';
const IMAGE = 'it took longer than 10 s to be read again, so that no longer counts';

const ROWS: readonly Row[] = [
  { what: 'usedImages', takesMs: 130_000, whys: [SERVERS] },
  { what: 'members', takesMs: 11_000, whys: [IMAGE, IMAGE] },
];

test.each(ROWS)('$what that take too long to count delete nothing, and say so', async (row) => {
  const weekly = await weeklyImages(server, 5);
  await withRemovalDeps(weekly.env, async (deps) => {
    const carrying = await planned(deps, [{ family: 'debian-12-*', keepLast: 3 }]);
    let lateMs = 0;
    const clock = { ...deps.clock, monotonic: () => deps.clock.monotonic() + lateMs };
    const slow = <T>(value: T, what: Row['what']): T => {
      if (what === row.what) lateMs += row.takesMs;
      return value;
    };
    const usedImages = async () => slow(await deps.usedImages(), 'usedImages');
    const list = async (id: string) => slow(await deps.members.list(id), 'members');
    const results = await carryOut({ ...deps, usedImages, members: { list }, clock }, carrying);
    const whys = results.map(({ result }) => ('why' in result ? result.why : result.kind));
    expect(whys).toEqual(row.whys);
    expect(await deps.ledger.removals.open()).toEqual([]);
  });
  expect(weekly.deleted()).toEqual([]);
});
