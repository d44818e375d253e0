import type { Manifest } from '../../shared/image/image-request.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { splitUrl } from '../../shared/source-file/split-url.ts';
import type { Plan } from '../plan/plan.ts';

const SILENCE_MS = 60_000;

/** Buckets of which no file could be looked at: the next manifests do not wait for them. */
export class SilentBuckets {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #silent = new Map<string, { readonly until: number; readonly why: string }>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Why no file of this manifest would answer; `undefined` if one may. */
  whyUnseen({ cloud, images }: Manifest): string | undefined {
    const now = this.#clock.monotonic();
    const buckets = new Set(images.map(({ request }) => bucketOf(request, cloud)));
    const silences = [...buckets].map((bucket) => this.#silent.get(bucket));
    return silences.every((one) => one && now < one.until) ? silences[0]?.why : undefined;
  }

  learn({ images }: Plan, { cloud }: Manifest): void {
    const until = this.#clock.monotonic() + SILENCE_MS;
    for (const [bucket, found] of Map.groupBy(images, (image) => bucketOf(image, cloud))) {
      const sources = found.flatMap(({ source }) => source ?? []);
      const [first] = sources;
      if (!first) continue;
      const isSilent = sources.every(({ state }) => state === 'unread');
      if (isSilent) this.#silent.set(bucket, { until, why: first.message });
      else this.#silent.delete(bucket);
    }
  }
}

/** The keys of each cloud open other buckets. */
function bucketOf({ image_url }: { readonly image_url: string }, cloud = ''): string {
  return `${cloud}:${splitUrl(image_url)[0]}`;
}
