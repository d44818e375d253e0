/// <reference lib="esnext.disposable" preserve="true" />
import { environmentOf } from '../../simulator/environment.ts';
import type { CreateFault, ReadFault } from '../../simulator/faults/faults.ts';
import { problemsOf } from '../../simulator/settings.ts';
import { startSimulator as start } from '../../simulator/start-simulator.ts';
import { UsageError } from '../shared/errors/errors.ts';
import { toFerryError } from './library-errors.ts';

/** The switches that tests need most; `docs/simulator.md` describes them. */
export interface CloudOptions {
  /** How long an import takes, in milliseconds: always the same, or log-normal around a median. */
  readonly durationMs?: number | { readonly median: number; readonly sigma: number };
  /** The share of imports whose IMS job fails, from 0 to 1, and the code of these. */
  readonly failShare?: number;
  readonly failCode?: string;
  readonly imageQuota?: number;
  /** How many imports IMS accepts at once. */
  readonly taskLimit?: number;
  /** Requests per second before the gateway answers 429; 0: no limit. */
  readonly rateLimitPerSecond?: number;
  /** Milliseconds added to every answer. */
  readonly latencyMs?: number;
  /** Objects by `bucket/key`. */
  readonly objects?: Readonly<Record<string, CloudObject>>;
  /** The share of creates, or of reads, that a fault strikes. */
  readonly createFaults?: Readonly<Partial<Record<CreateFault, number>>>;
  readonly readFaults?: Readonly<Partial<Record<ReadFault, number>>>;
  /** How many of the next creates, or reads, a fault strikes. */
  readonly nextCreates?: Readonly<Partial<Record<CreateFault, number>>>;
  readonly nextReads?: Readonly<Partial<Record<ReadFault, number>>>;
}

export interface CloudObject {
  /** In bytes. */
  readonly size?: number;
  readonly storageClass?: 'WARM' | 'COLD';
  /** 404: it does not exist; 403: it belongs to others. */
  readonly status?: 200 | 403 | 404;
}

export interface StartOptions extends CloudOptions {
  /** @default a free one */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** The same seed gives the same cloud. */
  readonly seed?: number;
}

/** A create that the cloud has accepted: a test judges by these, not by what a client believes. */
export interface AcceptedCreate {
  readonly name: string;
  readonly image_url: string;
  readonly job_id: string;
  readonly image_ids: readonly string[];
}

/** IAM, IMS and OBS on one port of this machine. */
export interface SimulatedCloud extends AsyncDisposable {
  readonly url: string;
  /** What logs in to it, with polls that suit it: for `ims-ferry work` and every other command. */
  readonly settings: Readonly<Record<string, string>>;
  /** In their order, up to now. */
  readonly accepted: readonly AcceptedCreate[];
  /** Changes switches while it runs. */
  set(options: CloudOptions): void;
  /** Every import that is running succeeds now. */
  finishAll(): void;
  close(): Promise<void>;
}

/** Simulates the cloud within this process until `close`. It rejects with a `FerryError`. */
export async function startSimulator(options: StartOptions = {}): Promise<SimulatedCloud> {
  const { port = 0, host = '127.0.0.1', seed = 1, ...switches } = options;
  refuseUnknown(switches);
  const simulator = await start({ port, host, seed, ...switches }).catch((error: unknown) => {
    const isListening = error instanceof Error && 'syscall' in error;
    if (!isListening) throw toFerryError(error);
    throw new UsageError(`The simulator cannot listen on ${host}:${port}: ${error.message}`);
  });
  const close = () => simulator.close();
  return {
    url: simulator.url,
    settings: environmentOf(simulator),
    get accepted() {
      return [...simulator.accepted];
    },
    set: (changes) => {
      refuseUnknown(changes);
      simulator.set(changes);
    },
    finishAll: () => simulator.finishAll(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @throws UsageError */
function refuseUnknown(options: CloudOptions): void {
  const problems = problemsOf({ ...options });
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
}
