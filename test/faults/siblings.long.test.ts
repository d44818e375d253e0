import { describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { imagesOfAll } from '../support/hidden-images.ts';
import { textFile } from '../support/manifest-file.ts';
import { imagesOf, SHORT_WINDOW } from '../support/one-run.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

const SIBLINGS = [
  { what: 'copy', fields: 'copy: 2' },
  { what: 'kind', fields: 'kind: data' },
];

function manifest(batch: string, fields: readonly string[]): Promise<string> {
  const images = fields.map(
    (more) => `  - { name: sibling, image_url: "bucket:ok/sibling.qcow2", min_disk: 40, ${more} }`,
  );
  return textFile(`${batch}.yaml`, [`name: ${batch}`, 'images:', ...images].join('\n'));
}

/** A cloud that never shows tags, and one worker. */
async function tagless(name: string, more: FerryEnv = {}) {
  const simulator: Simulator = await cloud({ duration: 300, tagsVisibleAt: 'never' });
  const names = { IMS_FERRY_NAMESPACE: name };
  const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names, ...more });
  startFerry(['work'], env);
  return { simulator, env };
}

describe('where tags never show', () => {
  test("a create that never arrived is not answered by the image of a sibling's", async () => {
    await together(SIBLINGS, async ({ what, fields }) => {
      const { simulator, env } = await tagless(`sibling-${what}`);
      const first = await manifest('first', ['copy: 1']);
      expect((await runFerry(['submit', '--wait', first], env)).code).toBe(0);
      simulator.set({ nextCreates: { dropBefore: 1 } });
      const second = await manifest('second', [fields]);
      expect((await runFerry(['submit', '--wait', second], env)).code).toBe(0);
      expect(simulator.accepted).toHaveLength(2);
      const ids = [...(await imagesOf('first', env)), ...(await imagesOf('second', env))].map(
        ({ image_id }) => image_id,
      );
      expect(ids).toEqual(imagesOfAll(simulator));
    });
  });

  test('an image that either of two siblings could have made is taken by neither', async () => {
    const { simulator, env } = await tagless('either', { IMS_FERRY_SUBMIT_CONCURRENCY: '1' });
    simulator.set({ duration: 3_600_000, nextCreates: { dropBefore: 1, dropAfter: 1 } });
    const file = await manifest('either', ['copy: 1', 'copy: 2']);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(1);
    expect(simulator.accepted).toHaveLength(1);
    const held = await imagesOf('either', env);
    expect(held.map(({ error }) => error?.code)).toEqual(['IMAGE_UNSURE', 'IMAGE_UNSURE']);
    const [id = ''] = imagesOfAll(simulator);
    const again = await runFerry(['resolve', 'either', '--resubmit'], env);
    expect(again.stdout.match(/skipped: an existing image may be its own/g)).toHaveLength(2);
    // A person names it; the index lets it be taken once.
    const taken = await runFerry(['resolve', 'either', '--adopt', id], env);
    expect(taken.stdout).toMatch(/adopted[\s\S]*skipped: image .* belongs to another import/);
    simulator.finishAll();
    await until(async () => (await imagesOf('either', env))[0]?.state === 'succeeded');
    simulator.set({ duration: 300 });
    expect((await runFerry(['resolve', 'either', '--resubmit'], env)).code).toBe(0);
    await until(async () => (await imagesOf('either', env))[1]?.state === 'succeeded');
    expect(simulator.accepted).toHaveLength(2);
  });

  test('its own image is adopted when nobody else could have made it', async () => {
    const { simulator, env } = await tagless('alone');
    simulator.set({ nextCreates: { dropAfter: 1 } });
    const file = await manifest('alone', ['copy: 1']);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    expect(simulator.accepted).toHaveLength(1);
  });
});
