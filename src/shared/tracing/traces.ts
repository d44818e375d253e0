import type { Telemetry } from 'bullmq';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';

/** One attempt of an import: it has one trace, whichever process works on it. */
export interface Traced {
  readonly key: string;
  readonly attempt: number;
}

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Traces, or nothing at all. No method throws, waits for a collector, or slows a worker down. */
export interface Traces {
  /** For the queues and workers of BullMQ; absent: they carry no traces. */
  readonly telemetry?: Telemetry;
  /** What a queue job carries, so that any worker continues the same trace. */
  metadataOf(traced: Traced): string | undefined;
  /** Runs it as a part of the attempt. */
  within<T>(traced: Traced, work: () => Promise<T>): Promise<T>;
  /** A call to a cloud; `ended` says how it went. */
  call<T>(
    name: string,
    work: () => Promise<T>,
    ended: (result: T) => { readonly attributes: Attributes; readonly isError: boolean },
  ): Promise<T>;
  /** The attempt as a whole, once it has its outcome. Milliseconds since 1970. */
  outcome(entry: LedgerEntry, endedAt: number): void;
  /** Sends what is left, for a second at most. */
  close(): Promise<void>;
}

export const NO_TRACES: Traces = {
  metadataOf: () => undefined,
  within: (_, work) => work(),
  call: (_, work) => work(),
  outcome: () => undefined,
  close: async () => undefined,
};
