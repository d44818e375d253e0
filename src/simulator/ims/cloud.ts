import { createHash, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Random } from '../../shared/runtime/random.ts';
import type { SimulatorOptions } from '../options.ts';
import { type Api, type Body, failureOf, tagsOf } from './field-rules.ts';
import { drawDuration, imageStatus, phaseOf, type Task } from './job-life.ts';

/** One line of the log of accepted creates: what tests judge by. */
export interface Accepted {
  readonly seq: number;
  readonly at: number;
  readonly api: Api;
  readonly name: string;
  readonly image_url: string;
  readonly marker: string | null;
  readonly job_id: string;
  readonly image_ids: readonly string[];
  /** Accepted after the client had lost its connection. */
  readonly late: boolean;
}

/** An image as it was asked for; its status follows from its task. */
export interface StoredImage {
  readonly id: string;
  readonly owner: string;
  readonly body: Body;
  readonly tags: readonly { key: string; value: string }[];
  readonly createdAt: number;
  readonly kind: 'system' | 'data';
  readonly task?: Task;
}

/** Everything IMS knows. Jobs live by the clock; nothing in here needs a timer. */
export class Cloud {
  readonly accepted: Accepted[] = [];
  readonly tasks = new Map<string, Task>();
  readonly images = new Map<string, StoredImage>();
  maxInFlight = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  #running: Task[] = [];

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Tasks that are not at their end. */
  inFlight(): number {
    const now = this.#clock.now();
    this.#running = this.#running.filter((task) => task.endsAt > now);
    return this.#running.length;
  }

  /** Images that count against the quota: those that are there, or are being made. */
  used(options: SimulatorOptions): number {
    const now = this.#clock.now();
    let used = 0;
    for (const { task } of this.images.values()) {
      const status = task ? imageStatus(task, now, options) : 'active';
      if (status !== 'gone' && status !== 'killed') used += 1;
    }
    return used;
  }

  hasName(name: string): boolean {
    return [...this.images.values()].some(({ body }) => body['name'] === name);
  }

  accept(api: Api, body: Body, at: { options: SimulatorOptions; late: boolean }): Task {
    const { options } = at;
    const now = this.#clock.now();
    const extra = Array.isArray(body['data_images']) ? (body['data_images'] as Body[]) : [];
    const imageIds = [body, ...extra].map(() => this.#uuid());
    const startsAt = this.inFlight() < options.taskLimit ? now : this.#firstFree(options.taskLimit);
    const failure = failureOf(body);
    const task: Task = {
      jobId: `ff8080${this.#random
        .id(32)
        .replace(/[^a-z0-9]/g, '0')
        .slice(0, 26)}`,
      jobType: api === 'data' ? 'imsImportDataImageJob' : 'imsImportImageJob',
      imageIds,
      name: String(body['name']),
      acceptedAt: now,
      startsAt,
      endsAt: startsAt + drawDuration(options.duration, this.#random),
      ...(failure === undefined ? {} : { failure }),
    };
    this.#store(api, [body, ...extra], { task, options });
    this.#log(api, body, { task, late: at.late });
    return task;
  }

  #store(api: Api, bodies: readonly Body[], of: { task: Task; options: SimulatorOptions }): void {
    const { task, options } = of;
    this.tasks.set(task.jobId, task);
    this.#running.push(task);
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight());
    for (const [index, body] of bodies.entries()) {
      const isData = index > 0 || api === 'data' || body['type'] === 'DataImage';
      const id = task.imageIds[index] ?? '';
      this.images.set(id, {
        id,
        owner: options.projectId,
        body: { name: `${task.name}-data${index}`, ...body },
        tags: tagsOf(body),
        createdAt: task.acceptedAt,
        kind: isData ? 'data' : 'system',
        task,
      });
    }
    if (options.logFile !== '') this.#logFile = options.logFile;
  }

  #logFile = '';

  #log(api: Api, body: Body, of: { task: Task; late: boolean }): void {
    const line: Accepted = {
      seq: this.accepted.length + 1,
      at: of.task.acceptedAt,
      api,
      name: of.task.name,
      image_url: String(body['image_url']),
      marker: tagsOf(body).find(({ key }) => key === 'imsferry')?.value ?? null,
      job_id: of.task.jobId,
      image_ids: of.task.imageIds,
      late: of.late,
    };
    this.accepted.push(line);
    if (this.#logFile !== '') appendFileSync(this.#logFile, `${JSON.stringify(line)}\n`);
  }

  /** Ends every task that runs. */
  finishAll(): void {
    const now = this.#clock.now();
    for (const task of this.tasks.values()) task.endsAt = Math.min(task.endsAt, now);
  }

  phase(task: Task, options: SimulatorOptions) {
    return phaseOf(task, this.#clock.now(), options.initShare);
  }

  /** When so many tasks have ended that one more stays within the limit. */
  #firstFree(limit: number): number {
    const ends = this.#running.map(({ endsAt }) => endsAt).sort((a, b) => a - b);
    return ends[ends.length - limit] ?? this.#clock.now();
  }

  #uuid(): string {
    const hex = createHash('sha256').update(this.#random.id(16)).digest('hex');
    const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`];
    return [...parts, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-') || randomUUID();
  }
}
