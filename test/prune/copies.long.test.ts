import { expect, test } from 'vitest';
import { copyEnv, imagesOf, KEY_ID, twoRegions } from '../support/copies.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const WEEK_MS = 7 * 86_400_000;

function week(number: number): Promise<string> {
  return textFile(
    `week-${number}.yaml`,
    `name: week-${number}
retention:
  - { family: golden-*, keep_last: 1 }
images:
  - name: golden-${number}
    image_url: "bucket:ok/golden-${number}.qcow2"
    min_disk: 40
    copies:
      - cmk_id: ${KEY_ID}
      - { cloud: away, agency: ims-copy-agency }
`,
  );
}

const sorted = (images: readonly { readonly name: string }[]) =>
  images.map(({ name }) => name).toSorted((a, b) => a.localeCompare(b));

test('old copies in the region go by the same rules as images, once each; those in another one stay', async () => {
  const simulator = await twoRegions();
  const env = await copyEnv(simulator, redis.url);
  startFerry(['work'], env);
  for (const number of [1, 2]) {
    // IMS has the times of images in seconds: the images of both weeks could have the same one.
    for (const image of [...simulator.state.cloud.images.all()]) {
      simulator.state.cloud.images.put({ ...image, createdAt: image.createdAt - WEEK_MS });
    }
    expect((await runFerry(['submit', '--wait', await week(number)], env)).code).toBe(0);
  }
  const compared = await runFerry(['reconcile'], env);
  expect(compared.stdout).toMatch(/^4 adopted: in the ledger as succeeded/m);
  const newest = await week(2);
  const planned = await runFerry(['prune', newest], env);
  expect(planned.stdout).toMatch(/^delete +golden-1-encrypted: older than the newest copy of gol/m);
  expect(planned.stdout).toMatch(/^keep +golden-2-encrypted: the newest copy of golden-\*/m);
  expect((await runFerry(['prune', '--yes', newest], env)).code).toBe(0);
  expect(sorted(simulator.deleted)).toEqual([...['golden-1', 'golden-1-encrypted']]);
  const left = sorted(imagesOf(simulator));
  expect(left).toEqual(['golden-1', 'golden-2', 'golden-2', 'golden-2-encrypted']);
  const shown = await runFerry(['show', 'week-1', 'golden-1-encrypted'], env);
  expect(shown.stdout).toMatch(/pruned: image \S+ deleted/);
  // Its old manifest creates neither again.
  expect((await runFerry(['submit', '--wait', await week(1)], env)).code).toBe(0);
  expect(simulator.accepted).toHaveLength(6);
});
