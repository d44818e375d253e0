import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { type AnswerPlan, AnswerPlans } from './proxy/answer-faults.ts';
import { Link, type LinkDeps } from './proxy/link.ts';
import { HARMLESS, ToxicState, type Toxics } from './proxy/toxics.ts';
import { until } from './until.ts';

/** A way to an upstream on which everything can go wrong. */
export interface FaultProxy {
  readonly port: number;
  /** `host:port`, for a URL. */
  readonly host: string;
  /** Connections accepted so far. */
  connections(): number;
  /** Pieces of answers that have passed so far: a measure of what clients got done. */
  passed(): number;
  /** Requests whose answers were struck so far. */
  struck(): number;
  /** Changes toxics, also for open connections. */
  set(toxics: Partial<Toxics>): void;
  /** The next requests that match get another answer than the upstream's. */
  plan(plan: AnswerPlan): void;
  /** Removes all toxics and plans. */
  heal(): void;
  /** Every open connection ends with an RST. */
  resetAll(): void;
  /** A failover: new connections go to another upstream, open ones are reset. */
  moveTo(upstream: string): void;
  /** Nothing listens any more, and open connections are cut. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  /** Goes down and up in turn until it is stopped, and is up then. */
  flap(spans: Spans): { stop(): Promise<void> };
}

interface Spans {
  /** It stays up until this number of pieces of answers has passed, so slow clients make progress, too. */
  readonly upPieces: number;
  readonly downMs: number;
}

/** A TCP proxy to `upstream` (a URL) that ends with its test. The same seed, the same chances. */
export async function faultProxy(
  upstream: string,
  seed = 1,
  clock: Clock = systemClock,
): Promise<FaultProxy> {
  const deps = {
    upstream: addressOf(upstream),
    toxics: new ToxicState(),
    plans: new AnswerPlans(),
    random: seededRandom(seed),
    clock,
    passed: 0,
  };
  const heal = (): void => {
    deps.toxics.set(HARMLESS);
    deps.plans.clear();
  };
  const door = new Door(deps);
  await door.open();
  onTestFinished(async () => {
    heal();
    await door.shut();
  });
  return {
    port: door.port,
    host: `127.0.0.1:${door.port}`,
    connections: () => door.connections,
    passed: () => deps.passed,
    struck: () => deps.plans.struck,
    set: (toxics) => deps.toxics.set(toxics),
    plan: (plan) => deps.plans.add(plan),
    heal,
    resetAll: () => door.closeLinks(true),
    moveTo: (other) => {
      deps.upstream = addressOf(other);
      door.closeLinks(true);
    },
    down: () => door.shut(),
    up: () => door.open(),
    flap: (spans) => flap(door, deps, spans),
  };
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

/** The listening socket, and the connections that came through it. */
class Door {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  connections = 0;
  port = 0;

  constructor(deps: LinkDeps) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.connections += 1;
      const link = new Link(client, deps);
      this.#links.add(link);
      void link.done.finally(() => this.#links.delete(link));
    });
  }

  async open(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.port = address.port;
  }

  async shut(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.closeLinks(false);
    await closed;
  }

  closeLinks(reset: boolean): void {
    for (const link of this.#links) link.close(reset);
  }
}

function flap(door: Door, deps: LinkDeps, { upPieces, downMs }: Spans) {
  const stopped = new AbortController();
  const running = (async () => {
    while (!stopped.signal.aborted) {
      const enough = deps.passed + upPieces;
      await until(() => stopped.signal.aborted || deps.passed >= enough);
      await door.shut();
      await deps.clock.sleep(downMs, stopped.signal);
      await door.open();
    }
  })();
  const stop = async (): Promise<void> => {
    stopped.abort();
    await running;
  };
  // Runs before the proxy itself is closed: the last to be added is the first to go.
  onTestFinished(stop);
  return { stop };
}
