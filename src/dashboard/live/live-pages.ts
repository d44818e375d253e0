import type { ServerResponse } from 'node:http';
import { RedisError } from '../../shared/errors/errors.ts';
import { atMost, type Clock, LATE } from '../../shared/runtime/clock.ts';

/** Draws a page as it is now; `undefined`: what it shows no longer exists. */
type Draw = () => Promise<string | undefined>;

const REDRAW_MS = 2000;
const TICKS_PER_HEARTBEAT = 8;
const MAX_STREAMS = 100;

interface Channel {
  readonly draw: Draw;
  readonly streams: Set<EventStream>;
  drawn: string | undefined;
}

/**
 * Sends pages to the browsers that show them, whenever they change. A page is drawn once for all
 * browsers that show it; while nobody does, nothing is drawn.
 */
export class LivePages {
  readonly #clock: Clock;
  readonly #channels = new Map<string, Channel>();
  readonly #ended = new AbortController();
  #running: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isFull(): boolean {
    let count = 0;
    for (const { streams } of this.#channels.values()) count += streams.size;
    return count >= MAX_STREAMS;
  }

  /** Starts with the page as it is now, as it may have changed since it was loaded. */
  follow(address: string, draw: Draw, stream: EventStream): void {
    const channel = this.#channels.get(address) ?? { draw, streams: new Set(), drawn: undefined };
    this.#channels.set(address, channel);
    channel.streams.add(stream);
    stream.onClose(() => {
      channel.streams.delete(stream);
      if (channel.streams.size === 0 && this.#channels.get(address) === channel) {
        this.#channels.delete(address);
      }
    });
    void sendFirst(channel, stream);
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#ended.abort();
    for (const { streams } of this.#channels.values()) for (const one of streams) one.end();
    this.#channels.clear();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let tick = 1; this.#channels.size > 0 && !this.#ended.signal.aborted; tick += 1) {
      await this.#clock.sleep(REDRAW_MS, this.#ended.signal);
      for (const channel of [...this.#channels.values()]) {
        await redraw(channel);
        if (tick % TICKS_PER_HEARTBEAT === 0) {
          for (const stream of channel.streams) stream.heartbeat();
        }
      }
    }
    this.#running = undefined;
    if (this.#channels.size > 0 && !this.#ended.signal.aborted) this.#running = this.#run();
  }
}

async function sendFirst({ draw }: Channel, stream: EventStream): Promise<void> {
  try {
    sendPart(stream, await draw());
  } catch {
    stream.send('trouble', '');
  }
}

async function redraw(channel: Channel): Promise<void> {
  try {
    const drawn = await channel.draw();
    if (drawn === channel.drawn) return;
    channel.drawn = drawn;
    for (const stream of channel.streams) sendPart(stream, drawn);
  } catch {
    channel.drawn = undefined;
    for (const stream of channel.streams) stream.send('trouble', '');
  }
}

function sendPart(stream: EventStream, drawn: string | undefined): void {
  if (drawn === undefined) stream.send('gone', '');
  else stream.send('page', drawn);
}

/** A browser that does not read is disconnected; it reconnects by itself. */
const MAX_UNREAD_BYTES = 4_000_000;

/** Server-sent events to one browser. HTML standard: `event`, `data`, an empty line. */
export class EventStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Without it nginx holds events back until its buffer is full.
      'x-accel-buffering': 'no',
    });
    response.write('retry: 3000\n\n');
  }

  send(event: string, data: unknown): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Keeps proxies from closing an idle connection. */
  heartbeat(): void {
    this.#write(': still here\n\n');
  }

  end(): void {
    this.#response.end();
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  #write(text: string): void {
    if (this.#response.writableLength > MAX_UNREAD_BYTES) this.#response.destroy();
    else this.#response.write(text);
  }
}

const PATIENCE_MS = 5000;

/**
 * The same, but not for ever: a connection waits until Redis is back, a person does not.
 * @throws RedisError after five seconds
 */
export async function withPatience<T>(clock: Clock, work: Promise<T>): Promise<T> {
  const result = await atMost(clock, PATIENCE_MS, work);
  if (result !== LATE) return result;
  throw new RedisError('Redis does not answer.', 'This page reloads when it does.');
}
