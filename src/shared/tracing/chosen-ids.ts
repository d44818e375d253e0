import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace';
import type { TraceIds } from './trace-ids.ts';

/** Ids by chance, save for one span whose ids were chosen right before it. */
export class ChosenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #traceId: string | undefined;
  #spanId: string | undefined;

  choose({ traceId, spanId }: TraceIds): void {
    this.#traceId = traceId;
    this.#spanId = spanId;
  }

  generateTraceId(): string {
    const chosen = this.#traceId;
    this.#traceId = undefined;
    return chosen ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    const chosen = this.#spanId;
    this.#spanId = undefined;
    return chosen ?? this.#random.generateSpanId();
  }
}
