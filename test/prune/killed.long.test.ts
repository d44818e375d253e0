import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { type FerryEnv, runFerry } from '../support/ferry.ts';
import { runProgram } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';
import { copiedImages, leftImages, weeklyImages } from '../support/weekly-images.ts';

const server = useRedis({ emptied: true });
const PROGRAM = fileURLToPath(new URL('./crashing-prune.ts', import.meta.url));

/** What there is to delete, and the command that deletes it. */
const KINDS = {
  prune: { make: () => weeklyImages(server, 5), args: ['prune', '--yes'] },
  // One image and its copy.
  'prune of copies': { make: () => copiedImages(server, 4), args: ['prune', '--yes'] },
  clean: { make: () => leftImages(server, 2), args: ['reconcile', '--clean', '--yes'] },
} as const;

type Kind = keyof typeof KINDS;
/** How long the lease of a killed process lasts. */
const QUICK = { IMS_FERRY_LOCK_MS: '500' };

function crash(kind: Kind, env: FerryEnv, after = '') {
  const own = { CRASH_AFTER: after, CRASH_KIND: kind === 'clean' ? 'clean' : 'prune' };
  return runProgram('node', [PROGRAM], { env: { ...process.env, ...env, ...own, ...QUICK } });
}

/** `npm run test:crash` takes every call; otherwise those around a DELETE, and a few of the others. */
function chosen(calls: readonly string[]): readonly string[] {
  // How often a lease is kept depends on the time that the others take.
  const all = calls.filter((call) => !/^project\.lease (?!1$)/.test(call));
  if (process.env['CRASH_ALL'] === '1') return all;
  const random = seededRandom(Number(process.env['CRASH_SEED'] ?? 1));
  const near = all.filter((call) => NEAR_DELETE.has(nameOf(call)));
  const others = all.filter((call) => !NEAR_DELETE.has(nameOf(call)));
  const sample = others.map((one) => ({ one, at: random.next() })).toSorted((a, b) => a.at - b.at);
  return [...near, ...sample.slice(0, 4).map(({ one }) => one)];
}

const nameOf = (call: string): string => call.split(' ', 1).join();
const NEAR_DELETE = new Set(['ledger.removals.intend', 'writer.write', 'ledger.removals.settle']);

describe.each(['prune', 'prune of copies', 'clean'] as const)('%s that is killed', (kind) => {
  const { make, args } = KINDS[kind];

  test('after any of its calls, and run again, has deleted each image once, and no other', async () => {
    const counting = await make();
    const { stdout } = await crash(kind, counting.env);
    const calls = JSON.parse(stdout) as readonly string[];
    const ids = counting.simulator.deleted.map(({ image_id }) => image_id);
    expect(ids).toHaveLength(2);
    expect(calls.filter((call) => nameOf(call) === 'writer.write')).toHaveLength(2);
    expect(calls.filter((call) => nameOf(call) === 'ledger.removals.settle')).toHaveLength(2);
    expect(calls.length).toBeGreaterThan(20);
    for (const call of chosen(calls)) {
      await server.client.flushall();
      const { simulator, env, world, file } = await make();
      const killed = await crash(kind, env, call);
      const where = `${kind} killed after ${call}`;
      expect([where, killed.code]).toEqual([where, 'SIGKILL']);
      const again = kind === 'clean' ? args : [...args, file];
      let { code } = await runFerry(again, env);
      // Until the lease of the killed process has expired.
      while (code === 2) ({ code } = await runFerry(again, env));
      const deleted = simulator.deleted.map(({ image_id }) => image_id);
      expect([where, code, deleted.toSorted()]).toEqual([where, 0, ids.toSorted()]);
      expect([where, await world.ledger.removals.open()]).toEqual([where, []]);
      for (const { key, id } of counting.images) {
        const story = (await world.ledger.story(key)).map(({ text }) => text).join('\n');
        const has = /(pruned|cleaned up): image \S+ deleted/.test(story);
        const isGone = deleted.includes(id);
        expect([where, has]).toEqual([where, isGone]);
      }
    }
  });
});
