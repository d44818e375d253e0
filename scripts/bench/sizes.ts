import { GIGABYTE } from '../../simulator/obs/objects.ts';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import type { FileFacts } from '../../src/shared/image/file-facts.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { openConnection } from '../../src/shared/redis/redis-connection.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { type Orders, orderAt } from '../soak/orders.ts';

const MEDIAN_GB = 10;
/** With this, durations differ as much as those of the other contenders. */
const SIZE_SIGMA = 0.48;
/** The share of the median that an import takes whatever its size. */
const FIXED_SHARE = 1 / 6;
/** What size does not explain. */
const NOISE = 0.08;

/** A cloud in which imports take as long as the sizes of their objects say, but for a little. */
export function sizedCloud(race: {
  readonly images: number;
  readonly seed: number;
  readonly medianMs: number;
}): SimulatorSettings {
  const { images, seed, medianMs } = race;
  const random = seededRandom(seed);
  const objects = Array.from({ length: images }, (_, at) => {
    const { image_url } = orderAt(at);
    const normal =
      Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const size = Math.round(MEDIAN_GB * GIGABYTE * Math.exp(SIZE_SIGMA * normal));
    return [image_url.replace(':', '/'), { size }] as const;
  });
  const median = FIXED_SHARE * medianMs;
  const perGigabyte = (medianMs - median) / MEDIAN_GB;
  return {
    durationMs: { median, sigma: NOISE, perGigabyte },
    objects: Object.fromEntries(objects),
  };
}

/** Notes the sizes with images that are registered, as a submit does that may look at their objects. */
export async function noteSizes(
  redisUrl: string,
  { keys }: Pick<Orders, 'keys'>,
  objects: SimulatorSettings['objects'] = {},
): Promise<void> {
  const redis = openConnection(redisUrl, {}, 5000);
  const ledger = ledgerKeys('default');
  const pipeline = redis.pipeline();
  for (const [at, key] of [...keys.values()].entries()) {
    const { size } = objects[orderAt(at).image_url.replace(':', '/')] ?? {};
    if (size === undefined) throw new Error('an image without a size');
    const facts: FileFacts = { bytes: size };
    pipeline.hset(ledger.import(key), 'file', JSON.stringify(facts));
  }
  await pipeline.exec();
  redis.disconnect();
}
