import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Simulator } from '../../simulator/start-simulator.ts';
import type { Orders } from './orders.ts';

export interface CloudEvents {
  /** A read about this import was answered; it came in at `askedAt`. */
  answered(key: string, askedAt: number): void;
  /** The client went away while it waited for this answer. */
  cut(key: string): void;
}

interface Open {
  readonly url: string;
  readonly askedAt: number;
}

const START = 'http.server.request.start';
const FINISH = 'http.server.response.finish';

interface Published {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** Sees what the cloud is asked, from the cloud's side; the simulator runs in this process. */
export class CloudWatch {
  readonly #open = new Map<Socket, Open>();
  readonly #seen = new WeakSet<Socket>();
  readonly #keys = new Map<string, string>();
  readonly #simulator: Simulator;
  readonly #orders: Orders;
  readonly #events: CloudEvents;
  #indexed = 0;

  constructor(simulator: Simulator, orders: Orders, events: CloudEvents) {
    this.#simulator = simulator;
    this.#orders = orders;
    this.#events = events;
    subscribe(START, this.#started);
    subscribe(FINISH, this.#finished);
  }

  close(): void {
    unsubscribe(START, this.#started);
    unsubscribe(FINISH, this.#finished);
  }

  readonly #started = (message: unknown): void => {
    const { request, socket } = message as Published;
    this.#open.set(socket, { url: request.url ?? '', askedAt: performance.now() });
    if (this.#seen.has(socket)) return;
    this.#seen.add(socket);
    // 'end' is the other side's doing; a connection that the simulator cuts only says 'close'.
    socket.once('end', () => this.#cut(socket));
    socket.once('close', () => this.#open.delete(socket));
  };

  readonly #finished = (message: unknown): void => {
    const { request } = message as Published;
    const open = this.#open.get(request.socket);
    if (!open) return;
    this.#open.delete(request.socket);
    const key = request.method === 'GET' ? this.#keyOf(open.url) : undefined;
    if (key !== undefined) this.#events.answered(key, open.askedAt);
  };

  #cut(socket: Socket): void {
    const open = this.#open.get(socket);
    this.#open.delete(socket);
    const key = open && this.#keyOf(open.url);
    if (key !== undefined) this.#events.cut(key);
  }

  /** Which import a read is about: by IMS job, image, marker or name. */
  #keyOf(text: string): string | undefined {
    const url = new URL(text, 'http://cloud');
    const marker = url.searchParams.get('tag')?.replace('imsferry=', '');
    if (marker !== undefined) return marker;
    const name = url.searchParams.get('name');
    if (name !== null) return this.#orders.keys.get(name);
    const id = /\/(?:jobs?|images)\/([^/]+)$/.exec(url.pathname)?.[1];
    return id === undefined ? undefined : this.#keyOfId(id);
  }

  #keyOfId(id: string): string | undefined {
    const { accepted } = this.#simulator;
    for (; this.#indexed < accepted.length; this.#indexed += 1) {
      const line = accepted[this.#indexed];
      if (!line?.marker) continue;
      for (const known of [line.job_id, ...line.image_ids]) this.#keys.set(known, line.marker);
    }
    return this.#keys.get(id);
  }
}
