import type { Clock } from '../../src/shared/runtime/clock.ts';
import type { Random } from '../../src/shared/runtime/random.ts';
import type { SimulatorOptions } from '../options.ts';
import type { KeptCloud } from '../state/kept-world.ts';
import {
  type Accepted,
  acceptedLine,
  appendLine,
  type Create,
  type Deleted,
  type MemberAct,
} from './accepted-log.ts';
import { type Changed, changedFields } from './change-log.ts';
import { copiedImage, copyOf, copyRefusal } from './copies.ts';
import { refusalOf } from './field-rules.ts';
import { importFields } from './image-body.ts';
import { ImageStore, type StoredImage } from './image-store.ts';
import { startOf, type Task } from './job-life.ts';
import { bodiesOf, planTask, uuid } from './plan-task.ts';
import { type Refusal, refusal } from './refusal.ts';
import { tagsOf } from './tags.ts';

/** A create that is on its way. */
interface Arrival extends Create {
  readonly at: number;
}

/** When and how a create reaches IMS. */
interface Entry {
  readonly at: number;
  readonly late: boolean;
  readonly options: SimulatorOptions;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Everything that IMS knows. States follow from the time; nothing here needs a timer. */
export class Cloud {
  readonly accepted: Accepted[] = [];
  /** Changes of members, of all images. */
  readonly memberLog: MemberAct[] = [];
  /** The log of changes of images that exist. */
  readonly changes: Changed[] = [];
  readonly deleted: Deleted[] = [];
  readonly tasks = new Map<string, Task>();
  readonly images = new ImageStore();
  /** The most tasks that were accepted and unfinished at once. */
  maxInFlight = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  #running: Task[] = [];
  /** The earliest end of a running task. */
  #nextEnd = NEVER;
  #arrivals: Arrival[] = [];

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Unfinished tasks. */
  inFlight(): number {
    return this.#inFlightAt(this.#clock.now());
  }

  #inFlightAt(now: number): number {
    if (now >= this.#nextEnd) {
      this.#running = this.#running.filter((task) => task.endsAt > now);
      this.#nextEnd = this.#running.reduce((end, task) => Math.min(end, task.endsAt), NEVER);
    }
    return this.#running.length;
  }

  /** Accepts a create, or returns why not. */
  admit(create: Create, options: SimulatorOptions, late: boolean): Task | Refusal {
    return this.#admit(create, { at: this.#clock.now(), late, options });
  }

  #admit(create: Create, entry: Entry): Task | Refusal {
    return (
      this.#refusal(create, entry) ?? this.#limit(create, entry) ?? this.#accept(create, entry)
    );
  }

  #refusal(create: Create, { at, options }: Entry): Refusal | undefined {
    if (create.api !== 'copy') return refusalOf(create.api, create.body, options);
    this.#inFlightAt(at);
    const running = this.#running.filter(({ jobType }) => jobType.startsWith('imsCopy')).length;
    return copyRefusal(create, { images: this.images, options, now: at, running });
  }

  /** Creates that will be accepted later. */
  get onTheirWay(): number {
    return this.#arrivals.length;
  }

  /** A create whose client is gone; it reaches IMS at `at`. */
  postpone(create: Create, at: number): Arrival {
    const arrival = { ...create, at };
    this.#arrivals.push(arrival);
    this.#arrivals.sort((a, b) => a.at - b.at);
    return arrival;
  }

  /** Accepts the late creates that are due. */
  takeArrivals(options: SimulatorOptions): void {
    const now = this.#clock.now();
    for (const arrival of this.#arrivals.filter(({ at }) => at <= now)) {
      this.takeArrival(arrival, options);
    }
  }

  /** Accepts a late create, unless that was done before. */
  takeArrival(arrival: Arrival, options: SimulatorOptions): void {
    if (!this.#arrivals.includes(arrival)) return;
    this.#arrivals = this.#arrivals.filter((other) => other !== arrival);
    const at = Math.min(arrival.at, this.#clock.now());
    this.#admit(arrival, { at, late: true, options });
  }

  #limit(create: Create, { at, options }: Entry): Refusal | undefined {
    if (options.namesUnique && this.#hasName(String(create.body['name']))) {
      return refusal('0009', 'The image name already exists.');
    }
    // IMS counts by region.
    const more = copyOf(create)?.isAcross ? 0 : bodiesOf(create, options).length;
    if (more > 0 && options.imageQuota >= 0 && this.images.count(at) + more > options.imageQuota) {
      return refusal('0015', 'The number of private images has reached the maximum value.');
    }
    return options.overLimit === 'refuse' && this.#inFlightAt(at) >= options.taskLimit
      ? refusal('0060', 'The number of tasks exceeds the flow control limit.')
      : undefined;
  }

  #hasName(name: string): boolean {
    return this.images.named(name).some(({ deletedAt }) => deletedAt === undefined);
  }

  #accept(create: Create, { at, late, options }: Entry): Task {
    const isFull = this.#inFlightAt(at) >= options.taskLimit;
    const ends = isFull ? this.#running.map(({ endsAt }) => endsAt) : [];
    const times = { acceptedAt: at, startsAt: startOf(at, ends, options.taskLimit) };
    const task = planTask({ create, options, random: this.#random }, times);
    this.tasks.set(task.jobId, task);
    this.#running.push(task);
    this.#nextEnd = Math.min(this.#nextEnd, task.endsAt);
    this.maxInFlight = Math.max(this.maxInFlight, this.#running.length);
    this.#storeImages(create, task, options);
    const line = acceptedLine(create, task, { seq: this.accepted.length + 1, late });
    this.accepted.push(line);
    appendLine(options.logFile, line);
    return task;
  }

  #storeImages(create: Create, task: Task, options: SimulatorOptions): void {
    const source = this.images.get(copyOf(create)?.imageId ?? '');
    if (source) {
      this.images.put(copiedImage(create, { task, source, options }));
      return;
    }
    for (const [index, body] of bodiesOf(create, options).entries()) {
      const isData = index > 0 || task.jobType === 'imsImportDataImageJob';
      this.images.put({
        id: task.imageIds[index] ?? uuid(this.#random),
        owner: create.projectId,
        name: String(body['name']),
        tags: tagsOf(body),
        createdAt: task.acceptedAt,
        task,
        fields: {
          ...importFields(body, isData ? 'data' : 'system'),
          ...options.comesOutAs[String(body['name'])],
        },
      });
    }
  }

  /** Replaces an image by what a call has made of it. */
  change(call: Changed['call'], before: StoredImage, after: StoredImage): void {
    this.images.put(after);
    const seq = this.changes.length + 1;
    const fields = changedFields(before, after);
    this.changes.push({ seq, at: this.#clock.now(), call, image_id: before.id, fields });
  }

  /** Notes the deletion before it is answered: once for each image. */
  delete(image: StoredImage, at: number): void {
    this.images.put({ ...image, deletedAt: at });
    const { id, name, owner } = image;
    const marker = image.tags.find(({ key }) => key === 'imsferry')?.value ?? null;
    this.deleted.push({ seq: this.deleted.length + 1, at, image_id: id, name, owner, marker });
  }

  toKeep(): KeptCloud {
    return {
      accepted: this.accepted,
      changes: this.changes,
      memberLog: this.memberLog,
      tasks: [...this.tasks.values()],
      images: this.images.toKeep(),
      arrivals: this.#arrivals,
      maxInFlight: this.maxInFlight,
    };
  }

  /** Fills an empty cloud with a saved one. */
  restore({ accepted, changes, memberLog, tasks, images, arrivals, maxInFlight }: KeptCloud): void {
    this.accepted.push(...accepted);
    this.changes.push(...changes);
    this.memberLog.push(...memberLog);
    for (const task of tasks) this.tasks.set(task.jobId, task);
    this.images.restore(images, this.tasks);
    this.#arrivals = [...arrivals];
    this.maxInFlight = maxInFlight;
    this.#running = [...tasks];
    // Finished ones are removed at the next check.
    this.#nextEnd = this.#clock.now();
  }

  newImageId(): string {
    return uuid(this.#random);
  }

  /** Ends every task that runs. */
  finishAll(): void {
    const now = this.#clock.now();
    for (const task of this.tasks.values()) task.endsAt = Math.min(task.endsAt, now);
    this.#nextEnd = now;
  }
}
