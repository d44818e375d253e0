import { type Spread, spreadOf } from './spread.ts';

/** What a killed worker held: an intent without an answer, or a read that was not answered yet. */
export type Held = 'intent' | 'poll';

interface Sample {
  readonly held: Held;
  readonly key: string;
  readonly killedAt: number;
  movedAt?: number;
}

export interface CrashFigures {
  readonly kills: number;
  /** Kills of workers that held nothing in that moment: they have no sample. */
  readonly killsWithoutSample: number;
  readonly all: Spread;
  readonly intent: Spread;
  readonly poll: Spread;
  /** Imports that nobody took up; none may be left. */
  readonly neverMoved: readonly string[];
}

/** A connection that ends this soon after a kill was the killed worker's. */
const CUT_WITHIN_MS = 250;

/** Measures how long an import that a killed worker held lies still. */
export class CrashMeter {
  readonly #samples: Sample[] = [];
  readonly #waiting = new Map<string, Sample[]>();
  #kills: { readonly at: number; samples: number }[] = [];

  killed(at: number): void {
    this.#kills.push({ at, samples: 0 });
  }

  /** Intents that the killed worker had logged, and nobody their end. */
  heldIntents(keys: readonly string[], killedAt: number): void {
    for (const key of keys) this.#add({ held: 'intent', key, killedAt });
  }

  /** A read that lost its reader: it counts when a worker was killed in that moment. */
  cut(key: string): void {
    const last = this.#kills.at(-1);
    if (!last || performance.now() - last.at > CUT_WITHIN_MS) return;
    this.#add({ held: 'poll', key, killedAt: last.at });
  }

  /** A worker that lives had an answer of the cloud about this import. */
  answered(key: string, askedAt: number): void {
    this.#end(key, (sample) => askedAt > sample.killedAt);
  }

  /** A worker has written a change of this import. */
  moved(key: string): void {
    this.#end(key, () => true);
  }

  #add(sample: Sample): void {
    this.#samples.push(sample);
    this.#waiting.set(sample.key, [...(this.#waiting.get(sample.key) ?? []), sample]);
    const kill = this.#kills.find(({ at }) => at === sample.killedAt);
    if (kill) kill.samples += 1;
  }

  #end(key: string, matches: (sample: Sample) => boolean): void {
    const waiting = this.#waiting.get(key);
    if (!waiting) return;
    const now = performance.now();
    const rest = waiting.filter((sample) => {
      if (!matches(sample)) return true;
      sample.movedAt = now;
      return false;
    });
    if (rest.length > 0) this.#waiting.set(key, rest);
    else this.#waiting.delete(key);
  }

  figures(): CrashFigures {
    const of = (held: Held) =>
      spreadOfSamples(this.#samples.filter((sample) => sample.held === held));
    return {
      kills: this.#kills.length,
      killsWithoutSample: this.#kills.filter(({ samples }) => samples === 0).length,
      all: spreadOfSamples(this.#samples),
      intent: of('intent'),
      poll: of('poll'),
      neverMoved: this.#samples.flatMap(({ key, movedAt }) => (movedAt === undefined ? [key] : [])),
    };
  }
}

function spreadOfSamples(samples: readonly Sample[]): Spread {
  return spreadOf(
    samples.flatMap(({ killedAt, movedAt }) => (movedAt === undefined ? [] : [movedAt - killedAt])),
  );
}
