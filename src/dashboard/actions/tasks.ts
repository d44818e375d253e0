import type { Clock } from '../../shared/runtime/clock.ts';

/** Something that somebody has begun on a page. All times by the wall clock. */
export interface Task {
  readonly id: number;
  readonly batch: string;
  readonly state: 'running' | 'done' | 'failed';
  /** What it does, or what came of it. */
  readonly text: string;
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** What runs: it says how far it is, and ends with what came of it. */
export type Work = (say: (text: string) => void, stop: AbortSignal) => Promise<string>;

const MOST_KEPT = 100;

/** What was begun from the pages; it goes on when the page is left, and ends with the process. */
export class Tasks {
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #tasks: readonly Task[] = [];
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of a batch, the latest first. */
  of(batch: string): readonly Task[] {
    return this.#tasks.filter((task) => task.batch === batch);
  }

  /** Runs it in the background. `onEnd` is told what came of it. */
  start(batch: string, work: Work, onEnd: (task: Task) => void): void {
    this.#count += 1;
    const id = this.#count;
    const first: Task = { id, batch, state: 'running', text: 'Begun', startedAt: this.#now() };
    this.#tasks = [first, ...this.#tasks].slice(0, MOST_KEPT);
    const set = (change: Partial<Task>): void => {
      this.#tasks = this.#tasks.map((task) => (task.id === id ? { ...task, ...change } : task));
    };
    const end = (state: Task['state'], text: string): void => {
      const ended = { state, text, endedAt: this.#now() };
      set(ended);
      onEnd({ ...first, ...ended });
    };
    const running = work((text) => set({ text }), this.#stop.signal).then(
      (text) => end('done', text),
      (error: unknown) => end('failed', wordsOf(error)),
    );
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  /** Tells all to end, and waits until they have. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  #now(): number {
    return this.#clock.now();
  }
}

function wordsOf(error: unknown): string {
  return `That went wrong: ${error instanceof Error ? error.message : String(error)}`;
}
