import type { Clock } from '../../shared/runtime/clock.ts';
import type { EventStream } from './event-stream.ts';

/** Draws what a page shows now; `undefined`: the page is gone. */
export type Draw = () => Promise<string | undefined>;

const EVERY_MS = 2000;
const BEAT_TICKS = 8;
const MOST_STREAMS = 100;

interface Channel {
  readonly draw: Draw;
  readonly streams: Set<EventStream>;
  drawn: string | undefined;
}

/**
 * Sends pages anew to who looks at them, whenever they look different. However many look at one page,
 * it is drawn once; while nobody looks nothing is done.
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
    return count >= MOST_STREAMS;
  }

  /** Begins with the page as it is now: it may have changed since it was loaded. */
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
    void this.#sendFirst(channel, stream);
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#ended.abort();
    for (const { streams } of this.#channels.values()) for (const one of streams) one.end();
    this.#channels.clear();
    await this.#running;
  }

  async #sendFirst(channel: Channel, stream: EventStream): Promise<void> {
    try {
      const drawn = await channel.draw();
      if (drawn === undefined) stream.send('gone', '');
      else stream.send('page', drawn);
    } catch {
      stream.send('trouble', '');
    }
  }

  async #run(): Promise<void> {
    for (let tick = 1; this.#channels.size > 0 && !this.#ended.signal.aborted; tick += 1) {
      await this.#clock.sleep(EVERY_MS, this.#ended.signal);
      for (const channel of [...this.#channels.values()]) {
        await drawAnew(channel);
        if (tick % BEAT_TICKS === 0) for (const stream of channel.streams) stream.beat();
      }
    }
    this.#running = undefined;
    if (this.#channels.size > 0 && !this.#ended.signal.aborted) this.#running = this.#run();
  }
}

async function drawAnew(channel: Channel): Promise<void> {
  try {
    const drawn = await channel.draw();
    if (drawn === channel.drawn) return;
    channel.drawn = drawn;
    for (const stream of channel.streams) {
      if (drawn === undefined) stream.send('gone', '');
      else stream.send('page', drawn);
    }
  } catch {
    channel.drawn = undefined;
    for (const stream of channel.streams) stream.send('trouble', '');
  }
}
