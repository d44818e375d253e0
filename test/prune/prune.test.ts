import { describe, expect, test } from 'vitest';
import { runFerry } from '../support/ferry.ts';
import { useRedis } from '../support/use-redis.ts';
import { weeklyImages } from '../support/weekly-images.ts';

const server = useRedis({ emptied: true });

describe('prune', () => {
  test('shows a plan that names each image, and deletes nothing without --yes', async () => {
    const { images, env, file, deleted } = await weeklyImages(server, 5);
    const { code, stdout, stderr } = await runFerry(['prune', file], env);
    expect([code, stderr]).toEqual([
      0,
      'Nothing was deleted. The same command with --yes deletes what the plan names.\n',
    ]);
    for (const { id, name } of images) expect(stdout).toMatch(new RegExp(`${name}.*\\n.*${id}`));
    const old = /^delete {2}debian-12-0[12]: .*\n {8}image \S+, 2026-01-\d\d 00:00 UTC, 1\.0 GB$/gm;
    expect(stdout.match(old)).toHaveLength(2);
    expect(stdout).toContain('one of the newest 3 of debian-12-*');
    expect(stdout).toContain('older than the newest 3 of debian-12-*');
    expect(stdout).toMatch(/^Plan [0-9a-f]{12}: 2 images to delete, 3 kept\.$/m);
    expect(deleted()).toEqual([]);
  });

  test('deletes what its plan names, the oldest first, and a later submit creates nothing again', async () => {
    const { images, env, file, deleted, world, simulator } = await weeklyImages(server, 5);
    const { code, stdout, stderr } = await runFerry(['prune', '--yes', file], env);
    expect([code, stderr]).toEqual([0, '2 images deleted.\n']);
    expect(stdout).toContain(`debian-12-01 (image ${images[0]?.id}): deleted`);
    expect(deleted()).toEqual(['debian-12-01', 'debian-12-02']);
    const shown = await runFerry(['show', 'debian-12-01', 'debian-12-01'], env);
    expect(shown.stdout).toContain(`pruned: image ${images[0]?.id} deleted`);
    expect(shown.stdout).toContain('prune deleted it later');
    await world.register('debian-12-01', 'again');
    const { stdout: text } = await runFerry(['status', 'again', '--json'], env);
    const status = JSON.parse(text) as { images: { state: string; pruned_at: string }[] };
    expect(status.images).toMatchObject([
      { state: 'succeeded', pruned_at: expect.stringMatching(/^20/) },
    ]);
    const again = await runFerry(['prune', '--yes', file], env);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Nothing to delete.')]);
    expect([deleted().length, simulator.accepted.length]).toEqual([2, 0]);
  });

  test('as JSON names plan, reasons and results, in version 1', async () => {
    const { env, file, images } = await weeklyImages(server, 4);
    const { stdout } = await runFerry(['prune', '--json', file], env);
    const shown = JSON.parse(stdout) as { plan: string };
    expect(shown).toMatchObject({
      ...{ version: 1, ok: true, to_delete: 1, deleted: null },
      images: [
        { action: 'keep', reason: 'newest', families: ['debian-12-*'], size_bytes: 1073741824 },
        ...[{ action: 'keep' }, { action: 'keep' }],
        { action: 'delete', reason: null, image_id: images[0]?.id, name: 'debian-12-01' },
      ],
    });
    const other = await runFerry(['prune', '--json', '--yes', '--plan', 'abc', file], env);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('nothing was deleted')]);
    const done = await runFerry(['prune', '--json', '--yes', '--plan', shown.plan, file], env);
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({
      deleted: [{ image_id: images[0]?.id, result: 'deleted', why: null }],
    });
  });
});
