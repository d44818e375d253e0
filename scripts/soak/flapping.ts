import type { StoredImage } from '../../simulator/ims/image-store.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import type { Random } from '../../src/shared/runtime/random.ts';
import type { Moved } from './fleet.ts';
import type { SoakOptions } from './options.ts';

/** Since when the ledger knows of an image. */
interface Seen {
  readonly key: string;
  readonly at: number;
  /** Found in the list: it has no IMS job. */
  readonly isAdopted: boolean;
}

/** By then it is on the disk of Redis, whatever its settings are. */
const SYNCED_MS = 2000;

/**
 * The images that the ledger certainly knows. Only these are hidden: policies `auto` and `resubmit` rely on
 * every create showing up at least once before the window ends.
 */
export class SeenImages {
  readonly #seen = new Map<string, Seen>();
  readonly #settled = new Set<string>();

  moved({ key, from, to }: Moved): void {
    if (to === 'succeeded' || to === 'failed') this.#settled.add(key);
    if ((to !== 'creating' && to !== 'succeeded') || this.#seen.has(key)) return;
    this.#seen.set(key, { key, at: systemClock.now(), isAdopted: from === 'unknown' });
  }

  /** Redis has lost the latest writes. */
  losePower(time: number): void {
    for (const { key, at } of this.#seen.values()) {
      if (at > time - SYNCED_MS) this.#seen.delete(key);
    }
  }

  /** Those that may be hidden; `isOpen`: only unfinished ones, which are read all the time. */
  safe(isOpen: boolean): readonly Seen[] {
    const until = systemClock.now() - SYNCED_MS;
    const old = [...this.#seen.values()].filter(({ at }) => at <= until);
    if (!isOpen) return old;
    const open = old.filter(({ key }) => !this.#settled.has(key));
    const adopted = open.filter((one) => one.isAdopted);
    // Adopted images are at the greatest risk: they are chosen ten times as often.
    return [...open, ...Array.from({ length: 9 }, () => adopted).flat()];
  }
}

/** How often a spell begins. */
const EVERY_MS = 150;
/** Share of the spells that last longer than the window, up to four times as long. */
const LONG_SHARE = 0.33;
/** Between two spells of an image. */
const REST_MS = 2000;
/** Of one image: each has to finish in the end. */
const MOST_SPELLS = 4;
/** Most spells strike what is under way. */
const OPEN_SHARE = 0.8;

interface Sky {
  readonly simulator: Simulator;
  readonly seen: SeenImages;
  readonly signal: AbortSignal;
}

/** Hides and shows until the run ends; then all are shown. */
export async function flap(
  { flapping, windowMs }: Pick<SoakOptions, 'flapping' | 'windowMs'>,
  { simulator, seen, signal }: Sky,
  random: Random,
) {
  /** Times that an image was hidden and shown again; of these: for longer than the window, and while unfinished. */
  const figures = { spells: 0, long: 0, open: 0 };
  if (!flapping) return figures;
  const hidden = new Map<string, Promise<void>>();
  const had = new Map<string, number>();
  const mayBeHidden = ({ key }: Seen) => !hidden.has(key) && (had.get(key) ?? 0) < MOST_SPELLS;
  while (!signal.aborted) {
    await systemClock.sleep(EVERY_MS, signal);
    const isOpen = random.next() < OPEN_SHARE;
    const known = seen.safe(isOpen).filter(mayBeHidden);
    const chosen = known[Math.floor(random.next() * known.length)];
    const isLong = random.next() < LONG_SHARE;
    const ms = isLong ? windowMs * (1.05 + 3 * random.next()) : 50 + random.next() ** 2 * windowMs;
    if (!chosen || signal.aborted) continue;
    figures.spells += 1;
    if (isLong) figures.long += 1;
    if (isOpen) figures.open += 1;
    const { key } = chosen;
    had.set(key, (had.get(key) ?? 0) + 1);
    const spell = hideFor(simulator, chosen, systemClock.sleep(ms, signal))
      .then(() => systemClock.sleep(REST_MS, signal))
      .finally(() => hidden.delete(key));
    hidden.set(key, spell);
  }
  await Promise.all(hidden.values());
  return figures;
}

async function hideFor(
  simulator: Simulator,
  { key, at: seenAt }: Seen,
  spell: Promise<void>,
): Promise<void> {
  const { images } = simulator.state.cloud;
  // The image of a later create has not been seen yet.
  const made = simulator.accepted.filter(({ marker, at }) => marker === key && at <= seenAt);
  const found = made.flatMap(({ image_ids }) => image_ids.flatMap((id) => images.get(id) ?? []));
  const put = (change: (image: StoredImage) => StoredImage): void => {
    for (const image of found) images.put(change(image));
  };
  put((image) => ({ ...image, deletedAt: 0 }));
  await spell;
  put((image) => image);
}
