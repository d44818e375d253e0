import { seededRandom } from '../../../src/shared/runtime/random.ts';
import {
  type Forecast,
  firstPollDelay,
  forecast,
  pollDelay,
  remainingMs,
} from '../../../src/worker/forecast.ts';
import {
  LIKELY_OVER_SHARE,
  listedDelayMs,
  listPauseMs,
  promotedApartMs,
} from '../../../src/worker/plan-poll.ts';
import { COMMANDS, SETTINGS } from './costs.ts';
import { EventQueue } from './event-queue.ts';
import { Experience } from './experience.ts';
import { DAY_MS, type Project, type ProjectCost } from './project.ts';

export interface Simulated extends ProjectCost {
  /** Requests in the busiest second. */
  readonly busiest: number;
  /** From the end in IMS to our record, in milliseconds, of every image. */
  readonly lags: Float64Array;
}

interface Import {
  readonly since: number;
  readonly endsAt: number;
  isDone: boolean;
}

/** The worker's own rules of polling, in virtual time, over a project of any size. */
export function simulateProject(project: Project, seed = 1): Simulated {
  return new Simulation(project, seed).run();
}

const { poll: POLL } = SETTINGS;

class Simulation {
  readonly #project: Project;
  readonly #time = new EventQueue();
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #experience = new Experience();
  readonly #lags: Float64Array;
  #waiting: number;
  #inFlight = 0;
  #done = 0;
  #nextPostAt = 0;
  #isPostPlanned = false;
  #calls = 0;
  #commands = 0;
  #second = { at: 0, calls: 0, busiest: 0 };
  #left: Import[] = [];

  constructor(project: Project, seed: number) {
    this.#project = project;
    this.#random = seededRandom(seed);
    this.#lags = new Float64Array(project.images);
    this.#waiting = project.images;
    this.#commands = project.images * (COMMANDS.enqueued + COMMANDS.image - COMMANDS.farPoll);
  }

  run(): Simulated {
    this.#submit();
    if (this.#project.listsSaving) this.#time.plan(POLL.minMs, () => this.#list());
    this.#time.run();
    const { images } = this.#project;
    return {
      days: this.#time.now / DAY_MS,
      calls: this.#calls / images,
      callsASecond: (this.#calls * 1000) / this.#time.now,
      commands: this.#commands / images,
      busiest: this.#second.busiest,
      lags: this.#lags.sort(),
    };
  }

  #submit(): void {
    if (this.#waiting === 0 || this.#inFlight >= this.#project.limit || this.#isPostPlanned) return;
    const { rate, roundTripMs } = this.#project;
    const wait = this.#nextPostAt - this.#time.now;
    if (wait > 0) {
      this.#isPostPlanned = true;
      this.#time.plan(wait, () => {
        this.#isPostPlanned = false;
        this.#submit();
      });
      return;
    }
    this.#nextPostAt = this.#time.now + (rate === 0 ? 0 : 60_000 / rate);
    this.#waiting -= 1;
    this.#inFlight += 1;
    this.#call();
    this.#time.plan(roundTripMs, () => this.#accepted());
    this.#submit();
  }

  #accepted(): void {
    const since = this.#time.now;
    const { medianMs, sigma, listsSaving } = this.#project;
    const took = medianMs * Math.exp(sigma * this.#normal());
    const one = { since, endsAt: since + took, isDone: false };
    if (listsSaving) this.#time.plan(took, () => this.#left.push(one));
    const usual = forecast({ elapsedMs: 0 }, this.#experience.learned);
    this.#time.plan(firstPollDelay(POLL, usual, this.#random.next()), () => this.#wake(one));
  }

  /** A queue job of the import has come up. */
  #wake(one: Import): void {
    if (one.isDone) return;
    this.#commands += COMMANDS.farPoll;
    if (this.#project.listsSaving && this.#time.now < one.endsAt) this.#isListed(one);
    else this.#poll(one);
  }

  #isListed(one: Import): void {
    const elapsed = this.#time.now - one.since;
    const usual = this.#forecastOf(elapsed);
    const likely = usual && remainingMs(usual, elapsed, LIKELY_OVER_SHARE);
    this.#time.plan(listedDelayMs(POLL, likely), () => this.#wake(one));
  }

  #poll(one: Import): void {
    if (one.isDone) return;
    this.#call();
    this.#time.plan(this.#project.roundTripMs, () => {
      if (this.#time.now < one.endsAt) return this.#pollAgain(one);
      // The image itself is read before it counts.
      this.#call();
      this.#time.plan(this.#project.roundTripMs, () => this.#succeeded(one));
    });
  }

  #pollAgain(one: Import): void {
    const elapsed = this.#time.now - one.since;
    const usual = this.#forecastOf(elapsed);
    const delay = pollDelay(POLL, {
      elapsedMs: elapsed,
      stuckMs: 0,
      chance: this.#random.next(),
      ...(usual === undefined ? {} : { forecast: usual }),
    });
    this.#time.plan(delay, () => this.#wake(one));
  }

  #succeeded(one: Import): void {
    if (one.isDone) return;
    one.isDone = true;
    this.#lags[this.#done] = this.#time.now - one.endsAt;
    this.#done += 1;
    this.#inFlight -= 1;
    this.#experience.learn(one.endsAt - one.since);
    this.#submit();
  }

  #list(): void {
    if (this.#done === this.#project.images) return;
    this.#call();
    this.#commands += COMMANDS.list;
    const left = this.#left;
    this.#left = [];
    const apart = promotedApartMs(POLL, left.length);
    for (const [index, one] of left.entries()) {
      this.#time.plan(index * apart, () => this.#wake(one));
    }
    this.#time.plan(listPauseMs(POLL, Math.max(1, this.#inFlight)), () => this.#list());
  }

  #forecastOf(elapsedMs: number): Forecast | undefined {
    return forecast({ elapsedMs }, this.#experience.learned);
  }

  #call(): void {
    this.#calls += 1;
    const second = Math.floor(this.#time.now / 1000);
    if (second !== this.#second.at) this.#second = { ...this.#second, at: second, calls: 0 };
    this.#second.calls += 1;
    this.#second.busiest = Math.max(this.#second.busiest, this.#second.calls);
  }

  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random.next()));
    return radius * Math.cos(2 * Math.PI * this.#random.next());
  }
}
