/** What a proxy does to the bytes that pass. All of it may change while connections stand. */
export interface Toxics {
  /** Milliseconds added to every answer. */
  readonly latencyMs: number;
  /** Up to so much more, drawn for each piece; pieces never overtake each other. */
  readonly jitterMs: number;
  /** Answers come no faster; 0 = as fast as they can. */
  readonly bytesPerSecond: number;
  /** Answers come in pieces of this size; 0 = as they are. */
  readonly sliceBytes: number;
  /** Connections are accepted and nothing passes; what waits passes when this ends. */
  readonly blackhole: boolean;
  /** The client gets an RST once this number of bytes of answers has passed; 0 = at once. */
  readonly resetAfterBytes: number;
  /** The client's connection ends properly after this number of bytes of answers. */
  readonly cutAfterBytes: number;
  /** Share of the answers that are thrown away together with their connection, 0 to 1. */
  readonly loseAnswers: number;
}

export const HARMLESS: Toxics = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: 0,
  sliceBytes: 0,
  blackhole: false,
  resetAfterBytes: Number.POSITIVE_INFINITY,
  cutAfterBytes: Number.POSITIVE_INFINITY,
  loseAnswers: 0,
};

/** The toxics of one proxy, and what waits for them to change. */
export class ToxicState {
  #now: Toxics = HARMLESS;
  #changed = Promise.withResolvers<void>();

  get now(): Toxics {
    return this.#now;
  }

  set(changes: Partial<Toxics>): void {
    this.#now = { ...this.#now, ...changes };
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Resolves when something may pass. */
  async untilOpen(): Promise<void> {
    while (this.#now.blackhole) await this.#changed.promise;
  }
}
