import { expect, test } from 'vitest';
import type { Plan } from '../../src/producer/plan/plan.ts';
import { runFerry } from '../support/ferry.ts';
import { imageOf, keptImages, keptManifest, tagsOf, update } from '../support/kept-images.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

const OLD = { description: 'old', tags: ['team.a', 'stage.test'], min_ram: 1024 };
const NEW = { description: 'new', tags: ['team.b', 'owner.ops'], max_ram: 8192 };

test('plan shows the differences, submit names the flag, only submit --update changes images, and once', async () => {
  const { simulator, env } = await keptImages(redis.url, { names: ['a', 'b'], fields: OLD });
  const marker = tagsOf(simulator, 'a').at(-1);
  const file = await keptManifest(['a', 'b'], NEW, { b: { ...OLD, min_disk: 50 } });

  const planned = await runFerry(['plan', file, '--json'], env);
  const { images } = JSON.parse(planned.stdout) as Plan;
  expect(images.map(({ updates, cannot_change }) => [updates.length, cannot_change])).toEqual([
    [6, []],
    [0, ['min_disk']],
  ]);
  const text = await runFerry(['plan', file], env);
  expect(text.stdout).toContain('description: "old" → "new"');
  for (const tag of ['team: "a" → "b"', 'owner: none → "ops"', 'stage: "test" → none']) {
    expect(text.stdout).toContain(`    tags.${tag}\n`);
  }
  expect(text.stdout).toMatch(
    /^Update +1 image differs from its manifest; submit --update changes it$/m,
  );
  expect(text.stdout).toContain('IMS cannot change min_disk: it needs a new import');

  const plain = await runFerry(['submit', file], env);
  expect(plain.stderr).toContain(
    '1 image differs in what IMS can change; submit --update changes it.',
  );
  expect(simulator.changes).toEqual([]);

  const first = await update(file, env);
  expect(first).toMatchObject({ code: 0, unchanged: 0, not_updated: [] });
  expect(first.updated).toMatchObject([{ name: 'a', changes: expect.any(Array) }]);
  expect(first.cannot_change).toMatchObject([{ name: 'b', fields: ['min_disk'] }]);
  expect(imageOf(simulator, 'a').fields).toMatchObject({
    __description: 'new',
    min_ram: 0,
    max_ram: '8192',
  });
  expect(tagsOf(simulator, 'a')).toEqual([marker, 'team.b', 'owner.ops']);
  expect(simulator.changes.map(({ call, fields }) => [call, fields])).toEqual([
    ['tags', ['tags']],
    ['tags', ['tags']],
    ['patch', ['min_ram', '__description', 'max_ram']],
  ]);

  const again = await update(file, env);
  expect(again).toMatchObject({ code: 0, updated: [], unchanged: 1 });
  expect(simulator.changes).toHaveLength(3);
  const shown = await runFerry(['show', 'kept', 'a'], env);
  expect(shown.stdout).toMatch(/updated: description, /);
  const last = await runFerry(['submit', file], env);
  expect(last.stderr).toContain('b: already imported, differs in min_disk');
  expect(last.stderr).not.toContain('--update');
  expect(simulator.accepted).toHaveLength(2);
});
