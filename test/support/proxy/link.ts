import { connect, type Socket } from 'node:net';
import type { Clock } from '../../../src/shared/runtime/clock.ts';
import type { Random } from '../../../src/shared/runtime/random.ts';
import { type AnswerPlan, type AnswerPlans, inflict } from './answer-faults.ts';
import { RequestScanner } from './request-scanner.ts';
import type { ToxicState } from './toxics.ts';
import { writeOut } from './write-out.ts';

/** What all connections of one proxy share. */
export interface LinkDeps {
  readonly upstream: { readonly host: string; readonly port: number };
  readonly toxics: ToxicState;
  readonly plans: AnswerPlans;
  readonly random: Random;
  readonly clock: Clock;
  /** Pieces of answers that have reached a client so far. */
  passed: number;
}

/** How many pieces may be on their way at once. */
const MOST_WAITING = 100;

/** One client's connection and the one to the upstream that belongs to it. */
export class Link {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #deps: LinkDeps;
  readonly #closed = new AbortController();
  /** The fault of the request that is under way. */
  #struck: AnswerPlan | undefined;
  #answered = 0;
  /** Resolves when the client is gone. */
  readonly done: Promise<void>;

  constructor(client: Socket, deps: LinkDeps) {
    this.#client = client;
    this.#deps = deps;
    this.#upstream = connect({ ...deps.upstream, allowHalfOpen: true });
    for (const socket of [client, this.#upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.close());
    }
    this.done = new Promise((resolve) => client.once('close', resolve)).then(() => this.close());
    Promise.all([this.#requests(), this.#answers()]).then(
      () => client.end(),
      () => this.close(),
    );
  }

  /** Ends both sides at once; `reset` sends the client an RST. */
  close(reset = false): void {
    if (reset && !this.#client.destroyed) this.#client.resetAndDestroy();
    this.#closed.abort();
    this.#client.destroy();
    this.#upstream.destroy();
  }

  async #requests(): Promise<void> {
    const scanner = new RequestScanner();
    if (this.#deps.toxics.now.resetAfterBytes === 0) return this.close(true);
    for await (const piece of this.#client.iterator({ destroyOnReturn: false })) {
      await this.#deps.toxics.untilOpen();
      const { begun, complete } = scanner.feed(piece);
      if (begun) this.#struck = this.#deps.plans.take(begun);
      if (this.#struck?.forwarded !== false) await writeOut(this.#upstream, piece);
      else if (complete) await inflict(this.#struck.fault, this.#client);
    }
    this.#upstream.end();
  }

  async #answers(): Promise<void> {
    let last: Promise<unknown> = Promise.resolve();
    let waiting = 0;
    for await (const piece of this.#upstream.iterator({ destroyOnReturn: false })) {
      const due = this.#deps.clock.monotonic() + this.#latencyMs();
      waiting += 1;
      last = last.then(() => this.#deliver(piece, due)).finally(() => (waiting -= 1));
      last.catch(() => undefined);
      if (waiting > MOST_WAITING || this.#latencyMs() === 0) await last;
    }
    await last;
    if (this.#struck?.fault !== 'silence') this.#client.end();
  }

  #latencyMs(): number {
    const { latencyMs, jitterMs } = this.#deps.toxics.now;
    return latencyMs + jitterMs * this.#deps.random.next();
  }

  async #deliver(piece: Buffer, due: number): Promise<void> {
    await this.#pause(due - this.#deps.clock.monotonic());
    const { toxics, random } = this.#deps;
    await toxics.untilOpen();
    if (this.#struck?.fault === 'late') await this.#struck.until;
    else if (this.#struck) return this.#strike(this.#struck);
    if (toxics.now.loseAnswers > 0 && random.next() < toxics.now.loseAnswers) {
      return this.close(true);
    }
    const { sliceBytes, bytesPerSecond } = toxics.now;
    const size = sliceBytes || (bytesPerSecond > 0 ? Math.ceil(bytesPerSecond / 50) : piece.length);
    for (let from = 0; from < piece.length; from += size) {
      const part = piece.subarray(from, from + size);
      if (bytesPerSecond > 0) await this.#pause((1000 * part.length) / bytesPerSecond);
      await this.#pass(part);
    }
  }

  /** The upstream has answered, so it has acted: the client gets something else. */
  async #strike({ fault }: AnswerPlan): Promise<void> {
    if (fault !== 'silence') this.#upstream.destroy();
    await inflict(fault, this.#client);
  }

  async #pass(part: Buffer): Promise<void> {
    const { resetAfterBytes, cutAfterBytes } = this.#deps.toxics.now;
    const room = Math.min(resetAfterBytes, cutAfterBytes) - this.#answered;
    this.#answered += part.length;
    this.#deps.passed += 1;
    if (part.length < room) return writeOut(this.#client, part);
    await writeOut(this.#client, part.subarray(0, Math.max(0, room)));
    if (resetAfterBytes <= cutAfterBytes) return this.close(true);
    this.#upstream.destroy();
    this.#client.end();
  }

  async #pause(ms: number): Promise<void> {
    if (ms <= 0) return;
    const { signal } = this.#closed;
    await this.#deps.clock.sleep(ms, signal);
    signal.throwIfAborted();
  }
}
