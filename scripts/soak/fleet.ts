import { join } from 'node:path';
import { atMost, LATE, systemClock } from '../../src/shared/runtime/clock.ts';
import { parseJson } from '../../src/shared/text/parse-json.ts';
import { type FerryEnv, type FerryProcess, startFerry } from './ferry-process.ts';
import type { Host } from './hosts.ts';

export interface Worker {
  readonly number: number;
  readonly host: Host;
  readonly ferry: FerryProcess;
  isReady: boolean;
  isKilled: boolean;
  isFrozen: boolean;
}

/** A change of an import, as a living worker has logged it. */
export interface Moved {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

type LogLine = Readonly<Partial<Record<'msg' | 'key' | 'from' | 'to' | 'calls', string>>> & {
  readonly pauseMs?: number;
};

interface Wiring {
  readonly folder: string;
  readonly env: FerryEnv;
  readonly onMove: (moved: Moved) => void;
}

/** A worker that does not end within this time is killed. */
const CLOSE_MS = 6000;

/** The worker processes; one that ends is started again at once. */
export class Fleet {
  readonly #wiring: Wiring;
  readonly #workers = new Set<Worker>();
  /** Imports that were unknown at some time. */
  readonly #unknown = new Set<string>();
  /** Workers that ended by themselves; none may. */
  readonly #endedAlone: string[] = [];
  readonly #onIntent = new Set<(worker: Worker) => void>();
  #started = 0;
  /** Log lines of workers that begin with "double:". */
  #alarms = 0;
  /** Sum of the pauses after a 429, in which no worker creates. */
  #pausedMs = 0;
  #closing = false;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
  }

  /** Those that may be killed now. */
  ready(): readonly Worker[] {
    return [...this.#workers].filter(
      ({ isReady, isKilled, isFrozen }) => isReady && !isKilled && !isFrozen,
    );
  }

  /** The next worker that logs that it is about to create; `undefined` when none does in time. */
  async nextIntent(withinMs: number): Promise<Worker | undefined> {
    const { promise, resolve } = Promise.withResolvers<Worker>();
    this.#onIntent.add(resolve);
    const heard = await atMost(systemClock, withinMs, promise);
    this.#onIntent.delete(resolve);
    return heard === LATE ? undefined : heard;
  }

  kill(worker: Worker): void {
    this.killOn(worker.host);
    this.startOn(worker.host);
  }

  /** The host has lost power: its worker is not started again. */
  killOn(host: Host): void {
    for (const worker of this.#workers) {
      if (worker.host !== host) continue;
      worker.isKilled = true;
      worker.ferry.child.kill('SIGKILL');
    }
  }

  async freeze(worker: Worker, forMs: number): Promise<void> {
    worker.isFrozen = true;
    worker.ferry.child.kill('SIGSTOP');
    await systemClock.sleep(forMs);
    worker.ferry.child.kill('SIGCONT');
    worker.isFrozen = false;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const all = [...this.#workers];
    const ended = Promise.all(all.map(({ ferry }) => ferry.ended));
    for (const { ferry } of all) {
      ferry.child.kill('SIGCONT');
      ferry.child.kill('SIGTERM');
    }
    await atMost(systemClock, CLOSE_MS, ended);
    for (const { ferry } of this.#workers) ferry.child.kill('SIGKILL');
    await ended;
  }

  figures() {
    return {
      started: this.#started,
      endedAlone: this.#endedAlone,
      alarms: this.#alarms,
      pausedMs: this.#pausedMs,
      everUnknown: this.#unknown.size,
    };
  }

  startOn(host: Host): void {
    if (this.#closing) return;
    this.#started += 1;
    const number = this.#started;
    const worker: Worker = {
      number,
      host,
      isReady: false,
      isKilled: false,
      isFrozen: false,
      ferry: startFerry({
        args: ['work'],
        env: { ...this.#wiring.env, ...host.env },
        logFile: join(this.#wiring.folder, `worker-${String(number).padStart(4, '0')}.log`),
        onLine: (line) => this.#hear(worker, line),
      }),
    };
    this.#workers.add(worker);
    void worker.ferry.ended.then((code) => this.#ended(worker, code));
  }

  #ended(worker: Worker, code: number | string): void {
    this.#workers.delete(worker);
    if (worker.isKilled || this.#closing) return;
    this.#endedAlone.push(`worker ${worker.number} ended with ${code}`);
    this.startOn(worker.host);
  }

  #hear(worker: Worker, text: string): void {
    const { msg, key, from = '', to, calls, pauseMs = 0 } = (parseJson(text) ?? {}) as LogLine;
    if (msg === 'worker started') worker.isReady = true;
    if (msg?.startsWith('double:')) this.#alarms += 1;
    if (calls === 'submit') this.#pausedMs += pauseMs;
    if (msg !== 'import moved' || key === undefined || to === undefined) return;
    if (to === 'submitting') for (const hear of this.#onIntent) hear(worker);
    if (to === 'unknown') this.#unknown.add(key);
    // What a killed worker wrote before its end may be read after it.
    if (!worker.isKilled) this.#wiring.onMove({ key, from, to });
  }
}
