import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import type { CrashMeter } from './crash-meter.ts';
import { type FerryProcess, startFerry } from './ferry-process.ts';
import type { Host } from './hosts.ts';
import type { Stage } from './stage.ts';
import type { FerryEnv } from './worker-env.ts';

export interface Worker {
  readonly number: number;
  readonly host: Host;
  readonly ferry: FerryProcess;
  /** When it said that it works. */
  readyAt?: number;
  killedAt?: number;
  frozen: boolean;
}

export interface FleetFigures {
  readonly started: number;
  /** Workers that ended by themselves; none may. */
  readonly endedAlone: readonly string[];
  /** Lines of the workers that begin with "double:". */
  readonly alarms: number;
  /** All pauses after a 429: in these no worker creates. */
  readonly pausedMs: number;
  /** Imports that were unknown at some time. */
  readonly everUnknown: number;
  /** Largest memory of one worker; 0 where the system does not say. */
  readonly peakRssMb: number;
}

/** A change of an import, as a worker that lives has logged it. */
export interface Moved {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

interface LogLine {
  readonly msg?: string;
  readonly key?: string;
  readonly from?: string;
  readonly to?: string;
  readonly calls?: string;
  readonly pauseMs?: number;
}

interface Heard {
  readonly meter: CrashMeter;
  readonly onMove: (moved: Moved) => void;
}

/** The worker processes: as many as wanted, each that ends is started again at once. */
export class Fleet {
  readonly #folder: string;
  readonly #env: FerryEnv;
  readonly #meter: CrashMeter;
  readonly #onMove: (moved: Moved) => void;
  readonly #workers = new Set<Worker>();
  /** Intents without an answer yet, and who had them. */
  readonly #intents = new Map<string, Worker>();
  readonly #unknown = new Set<string>();
  readonly #endedAlone: string[] = [];
  readonly #onIntent = new Set<(worker: Worker) => void>();
  #started = 0;
  #alarms = 0;
  #pausedMs = 0;
  #peakRssMb = 0;
  #closing = false;

  constructor({ folder, env }: Pick<Stage, 'folder' | 'env'>, heard: Heard) {
    this.#folder = folder;
    this.#env = env;
    this.#meter = heard.meter;
    this.#onMove = heard.onMove;
  }

  /** Those that may be killed now. */
  ready(): readonly Worker[] {
    return [...this.#workers].filter(
      ({ readyAt, killedAt, frozen }) => readyAt !== undefined && killedAt === undefined && !frozen,
    );
  }

  /** The next worker that says it is about to create; nobody when that takes too long. */
  async nextIntent(withinMs: number): Promise<Worker | undefined> {
    const heard = new AbortController();
    let found: Worker | undefined;
    const hear = (worker: Worker): void => {
      found ??= worker;
      heard.abort();
    };
    this.#onIntent.add(hear);
    await systemClock.sleep(withinMs, heard.signal);
    this.#onIntent.delete(hear);
    return found;
  }

  kill(worker: Worker): void {
    this.#strike(worker);
    this.startOn(worker.host);
  }

  /** Its host has lost power: nobody starts it again. */
  killOn(host: Host): void {
    for (const worker of this.#workers) {
      if (worker.host === host && worker.killedAt === undefined) this.#strike(worker);
    }
  }

  #strike(worker: Worker): void {
    worker.killedAt = performance.now();
    this.#meter.killed(worker.killedAt);
    worker.ferry.child.kill('SIGKILL');
  }

  async freeze(worker: Worker, forMs: number): Promise<void> {
    worker.frozen = true;
    worker.ferry.child.kill('SIGSTOP');
    await systemClock.sleep(forMs);
    worker.ferry.child.kill('SIGCONT');
    worker.frozen = false;
  }

  /** Ends all in order; who does not end within 6 s is killed. */
  async close(): Promise<void> {
    this.#closing = true;
    const all = [...this.#workers];
    const ended = Promise.all(all.map(({ ferry }) => ferry.ended));
    for (const { ferry } of all) {
      ferry.child.kill('SIGCONT');
      ferry.child.kill('SIGTERM');
    }
    const gone = new AbortController();
    void ended.then(() => gone.abort());
    await systemClock.sleep(6000, gone.signal);
    for (const { ferry } of this.#workers) ferry.child.kill('SIGKILL');
    await ended;
  }

  figures(): FleetFigures {
    return {
      started: this.#started,
      endedAlone: this.#endedAlone,
      alarms: this.#alarms,
      pausedMs: this.#pausedMs,
      everUnknown: this.#unknown.size,
      peakRssMb: this.#peakRssMb,
    };
  }

  measureMemory(): void {
    for (const { ferry } of this.#workers) {
      const kb = peakKbOf(ferry.child.pid);
      this.#peakRssMb = Math.max(this.#peakRssMb, Math.round(kb / 1024));
    }
  }

  startOn(host: Host): void {
    if (this.#closing) return;
    this.#started += 1;
    const number = this.#started;
    const worker: Worker = {
      number,
      host,
      frozen: false,
      ferry: startFerry({
        args: ['work'],
        env: { ...this.#env, ...host.env },
        logFile: join(this.#folder, `worker-${String(number).padStart(4, '0')}.log`),
        onLine: (line) => this.#hear(worker, line),
      }),
    };
    this.#workers.add(worker);
    void worker.ferry.ended.then((code) => this.#ended(worker, code));
  }

  #ended(worker: Worker, code: number | string): void {
    this.#workers.delete(worker);
    const held = [...this.#intents].filter(([, holder]) => holder === worker).map(([key]) => key);
    for (const key of held) this.#intents.delete(key);
    if (worker.killedAt !== undefined) {
      this.#meter.heldIntents(held, worker.killedAt);
    } else if (!this.#closing) {
      this.#endedAlone.push(`worker ${worker.number} ended with ${code}`);
      this.startOn(worker.host);
    }
  }

  #hear(worker: Worker, text: string): void {
    const line = parseLine(text);
    if (line.msg === 'worker started') worker.readyAt = performance.now();
    if (line.msg?.startsWith('double:')) this.#alarms += 1;
    if (line.calls === 'submit') this.#pausedMs += line.pauseMs ?? 0;
    const { msg, key, from = '', to } = line;
    if (msg !== 'import moved' || key === undefined) return;
    // Any later state ends the intent: the line that did may be lost with a killed worker.
    this.#intents.delete(key);
    if (to === 'submitting') {
      this.#intents.set(key, worker);
      for (const hear of this.#onIntent) hear(worker);
    }
    if (to === 'unknown') this.#unknown.add(key);
    // What a killed worker wrote before its end may be read after it.
    if (worker.killedAt !== undefined) return;
    this.#meter.moved(key);
    if (to !== undefined) this.#onMove({ key, from, to });
  }
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return {};
  }
}

function peakKbOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
