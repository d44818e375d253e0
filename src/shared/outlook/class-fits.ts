import { type DurationFit, fitDurations } from './fit-durations.ts';
import type { Learned, Sizes } from './forecast.ts';
import type { EndedImport, FlyingImport, ProjectFacts } from './project-facts.ts';
import type { Duration } from './schedule.ts';
import { type SizeEffect, sizeEffect } from './size-effect.ts';
import type { Traits } from './traits.ts';

/** Imports of any class that say something about one that is not known. */
const OTHERS_WANTED = 10;
const OTHERS_LEAST_SIGMA = 0.5;
/** Where others show progress, an import that shows none has less than this: it is one of the slow ones. */
const SILENT_PROGRESS = 0.2;
/** A mean that may be further off than this is no knowledge yet. */
const MAX_MEAN_ERROR = 0.2;
/** After an outage it takes this long until all that ended meanwhile is noticed. */
const CATCH_UP_MS = 120_000;
const FAILURES_WANTED = 5;

export interface Failures {
  readonly share: number;
  readonly medianMs: number;
}

/** What is known of each class of imports: of its own, else of its kind, else of all. */
export class ClassFits {
  readonly #facts: ProjectFacts;
  readonly #known = new Map<string, DurationFit | undefined>();

  constructor(facts: ProjectFacts) {
    this.#facts = facts;
  }

  of({ classes, sizes }: Traits): Duration | undefined {
    const own = sizes && this.#sized(classes[0] ?? '', sizes);
    if (own) return own;
    for (const name of sizes ? classes.slice(1) : classes) {
      const fit = this.#fit(name);
      if (fit) return fit;
    }
    return this.#others();
  }

  /** Of a class with files of all sizes. */
  #sized(name: string, sizes: Sizes): Duration | undefined {
    const learned = this.#facts.learned.get(name);
    const effect = learned && sizeEffect(learned);
    const fit = effect && this.#fit(name, effect);
    if (!fit) return undefined;
    const factor = Math.exp(effect.offset(sizes));
    const wider = Math.sqrt(1 + effect.unsure(sizes));
    const courses = fit.courses.map(({ medianMs, sigma }) => ({
      medianMs: medianMs * factor,
      sigma: sigma * wider,
    }));
    return { courses };
  }

  #fit(name: string, effect?: SizeEffect): DurationFit | undefined {
    if (!this.#known.has(name)) {
      const isOne = ({ classes }: Traits): boolean => classes.includes(name);
      const learned = this.#facts.learned.get(name);
      this.#known.set(name, this.#fitted(isOne, learned, effect));
    }
    return this.#known.get(name);
  }

  #others(): DurationFit | undefined {
    if (this.#facts.ended.length < OTHERS_WANTED) return undefined;
    if (!this.#known.has(''))
      this.#known.set(
        '',
        this.#fitted(() => true),
      );
    const fit = this.#known.get('');
    if (fit === undefined) return undefined;
    const courses = fit.courses.map(({ medianMs, sigma }) => ({
      medianMs,
      sigma: Math.max(OTHERS_LEAST_SIGMA, sigma),
    }));
    return { ...fit, courses };
  }

  /** With an effect of size: the durations that all would have if they had the mean size. */
  #fitted(
    isOne: (one: Traits) => boolean,
    learned?: Learned,
    effect?: SizeEffect,
  ): DurationFit | undefined {
    const factor = ({ sizes }: Traits): number =>
      effect && sizes ? Math.exp(effect.offset(sizes)) : 1;
    const { ended, inFlight } = this.#facts;
    const done = ended
      .filter(isOne)
      .flatMap((one) => (one.isFailed || this.#isLate(one) ? [] : one.tookMs / factor(one)));
    const running = inFlight.filter((one) => isOne(one) && !one.isUnclear);
    const showing = running.flatMap((one) =>
      one.predicted ? one.predicted.medianMs / factor(one) : [],
    );
    const fit = fitDurations({
      ended: [...done, ...showing],
      running: running
        .filter(({ predicted }) => predicted === undefined)
        .map((one) => this.#atLeastMs(one, showing.length > 0) / factor(one)),
      ...(learned && { learned: { ...learned, ...(effect && { variance: effect.variance }) } }),
    });
    return fit && fit.meanError <= MAX_MEAN_ERROR ? fit : undefined;
  }

  /** Its end was noticed only after an outage. */
  #isLate({ startedAt, tookMs }: EndedImport): boolean {
    const endedAt = startedAt + tookMs;
    return this.#facts.outages.some(
      ({ from, to }) => startedAt < to && endedAt > from && endedAt < to + CATCH_UP_MS,
    );
  }

  /** An import takes at least as long as it has run, as far as somebody was there to see it. */
  #atLeastMs({ startedAt, silentMs = 0 }: FlyingImport, othersShow: boolean): number {
    const { now, outages } = this.#facts;
    const last = outages.at(-1);
    const isUnseen = last !== undefined && startedAt < last.to && now < last.to + CATCH_UP_MS;
    const seenMs = Math.max(0, (isUnseen ? last.from : now) - startedAt);
    return othersShow ? Math.max(seenMs, silentMs / SILENT_PROGRESS) : seenMs;
  }

  /** How many of the images fail, and how soon; `undefined` where hardly any does. */
  failures(): Failures | undefined {
    const { now, ended, inFlight } = this.#facts;
    const failed = ended.filter(({ isFailed }) => isFailed).map(({ tookMs }) => tookMs);
    if (failed.length < FAILURES_WANTED) return undefined;
    const medianMs = failed.toSorted((a, b) => a - b)[failed.length >> 1] ?? 0;
    const passed = inFlight.filter(({ startedAt }) => now - startedAt > medianMs).length;
    return { share: failed.length / (ended.length + passed), medianMs };
  }
}
