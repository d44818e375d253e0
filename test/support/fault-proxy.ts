import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { type AnswerPlan, AnswerPlans } from './proxy/answer-faults.ts';
import { Link, type LinkDeps } from './proxy/link.ts';
import { HARMLESS, ToxicState, type Toxics } from './proxy/toxics.ts';

/** A way to an upstream on which everything can go wrong. */
export interface FaultProxy {
  readonly port: number;
  /** `host:port`, for a URL. */
  readonly host: string;
  /** Connections accepted so far. */
  connections(): number;
  /** Requests whose answers were struck so far. */
  struck(): number;
  /** Changes toxics, also for connections that stand. */
  set(toxics: Partial<Toxics>): void;
  /** The next requests that match get another answer than the upstream's. */
  plan(plan: AnswerPlan): void;
  /** No toxic and no plan any more. */
  heal(): void;
  /** Every connection that stands ends with an RST. */
  resetAll(): void;
  /** A failover: new connections go to another upstream, those that stood are reset. */
  moveTo(upstream: string): void;
  /** Nothing listens any more, and connections that stood are cut. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  /** Down and up in turn, until it is stopped; it is up then. */
  flap(times: { readonly upMs: number; readonly downMs: number }): { stop(): Promise<void> };
}

/** A TCP proxy to `upstream` (a URL) that goes with its test. The same seed, the same chances. */
export async function faultProxy(upstream: string, seed = 1): Promise<FaultProxy> {
  const deps = {
    upstream: addressOf(upstream),
    toxics: new ToxicState(),
    plans: new AnswerPlans(),
    random: seededRandom(seed),
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
    flap: (times) => flap(door, times),
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

function flap(door: Door, times: { readonly upMs: number; readonly downMs: number }) {
  const stopped = new AbortController();
  const pause = (ms: number): Promise<void> => systemClock.sleep(ms, stopped.signal);
  const running = (async () => {
    while (!stopped.signal.aborted) {
      await pause(times.upMs);
      await door.shut();
      await pause(times.downMs);
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
