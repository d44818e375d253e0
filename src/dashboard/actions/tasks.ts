import type { Clock } from '../../shared/runtime/clock.ts';

/** Work that somebody has started on a page. Times are of the wall clock. */
export interface Task {
  readonly id: number;
  readonly batch: string;
  readonly state: 'running' | 'done' | 'failed';
  /** Its progress, or its result. */
  readonly text: string;
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** Reports its progress with `say`, and returns its result as text. */
export type Work = (say: (text: string) => void, stop: AbortSignal) => Promise<string>;

const MAX_KEPT = 100;
const MAX_CLAIMED = 1000;

/** Work started from pages: it continues when the page is left, and ends with the process. */
export class Tasks {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #tasks: readonly Task[] = [];
  #count = 0;
  readonly #claimed = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of a batch, the latest first. */
  of(batch: string): readonly Task[] {
    return this.#tasks.filter((task) => task.batch === batch);
  }

  /** False when a confirmation with this id was sent before; one without an id is always new. */
  claim(id: string | undefined): boolean {
    if (id === undefined) return true;
    if (this.#claimed.has(id)) return false;
    this.#claimed.add(id);
    const [oldest = ''] = this.#claimed;
    if (this.#claimed.size > MAX_CLAIMED) this.#claimed.delete(oldest);
    return true;
  }

  /** Runs it in the background; `onEnd` gets the result. */
  start(batch: string, work: Work, onEnd: (task: Task) => void): void {
    this.#count += 1;
    const id = this.#count;
    const startedAt = this.#clock.now();
    const first: Task = { id, batch, state: 'running', text: 'Started', startedAt };
    this.#tasks = [first, ...this.#tasks].slice(0, MAX_KEPT);
    const set = (change: Partial<Task>): void => {
      this.#tasks = this.#tasks.map((task) => (task.id === id ? { ...task, ...change } : task));
    };
    const end = (state: Task['state'], text: string): void => {
      const ended = { state, text, endedAt: this.#clock.now() };
      set(ended);
      onEnd({ ...first, ...ended });
    };
    const running = work((text) => set({ text }), this.#stop.signal).then(
      (text) => end('done', text),
      (error: unknown) =>
        end('failed', `Failed: ${error instanceof Error ? error.message : String(error)}`),
    );
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  /** Asks all work to end, and waits until it has. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }
}
