/// <reference lib="esnext.disposable" preserve="true" />
import { type OpenLedger, openLedger, runningRedis } from '../cli/open/open-ledger.ts';
import { batchStatus } from '../producer/batch-status.ts';
import { loadConfig } from '../shared/config/config.ts';
import { untilAborted } from '../shared/runtime/clock.ts';
import type {
  BatchProgress,
  BatchStatus,
  ManifestSource,
  SubmitOptions,
  SubmitReceipt,
  WatchOptions,
} from './batch.ts';
import { ClosedError, toFerryError } from './library-errors.ts';
import { submitSource } from './submit-source.ts';
import { summaryOf, watchOpen } from './watch-open.ts';

export { FerryError } from '../shared/errors/errors.ts';
export type * from './batch.ts';
export { ManifestError, type ManifestFault } from './library-errors.ts';

/** Values by the names of `docs/settings.md`: `process.env`, or an object of your own. */
export type Settings = Readonly<Record<string, string | undefined>>;

export interface OpenOptions {
  /** Receives what a person should know about Redis and its settings. @default it is dropped */
  readonly onWarning?: (text: string) => void;
}

/**
 * An open connection to the ledger in Redis. While Redis is away, calls wait for it; a signal or `close`
 * ends them. Every call rejects with a `FerryError`, except for the reason of an aborted signal.
 */
export interface Ferry extends AsyncDisposable {
  /**
   * Registers every image of a manifest and enqueues it for the workers; nothing if the manifest has a
   * fault. Submitting it again changes nothing that is under way. It checks neither quota nor source
   * objects, as `ims-ferry submit --no-check`. With `update` it also changes images that exist.
   */
  submitManifest(source: ManifestSource, options?: SubmitOptions): Promise<SubmitReceipt>;
  readStatus(batch: string): Promise<BatchStatus>;
  /** The progress at once and whenever it has changed, until every image has its outcome. */
  watchBatch(batch: string, options?: WatchOptions): AsyncIterable<BatchProgress>;
  /** Ends every call that is still running. Calling it again does nothing. */
  close(): Promise<void>;
}

/**
 * Connects to Redis (`REDIS_URL`, else that of an `ims-ferry up` on this machine) and opens the ledger.
 * It reads no other environment than these settings, and prints nothing.
 */
export async function openFerry(settings: Settings, options: OpenOptions = {}): Promise<Ferry> {
  const { onWarning = () => undefined } = options;
  try {
    const env = { ...settings };
    env['REDIS_URL'] ||= await runningRedis(env);
    const config = loadConfig(env);
    const closing = new AbortController();
    const log = { write: () => undefined };
    const io = { err: onWarning, log, stop: closing.signal, env, terminal: false };
    const open = await openLedger(config, { wait: false }, io);
    return ferryOf({ open, config, env, closing });
  } catch (error) {
    throw toFerryError(error);
  }
}

interface Opened {
  readonly open: OpenLedger;
  readonly config: ReturnType<typeof loadConfig>;
  readonly env: Record<string, string | undefined>;
  readonly closing: AbortController;
}

function ferryOf({ open, config, env, closing }: Opened): Ferry {
  /** The work, unless `close` or the signal ends it first. */
  const guarded = async <T>(work: (stop: AbortSignal) => Promise<T>, signal?: AbortSignal) => {
    const stop = signal ? AbortSignal.any([closing.signal, signal]) : closing.signal;
    const ended = new AbortController();
    const stopped = untilAborted(AbortSignal.any([stop, ended.signal]));
    const refuseStopped = (): void => {
      if (closing.signal.aborted) throw new ClosedError();
      signal?.throwIfAborted();
    };
    refuseStopped();
    try {
      const working = work(stop);
      await Promise.race([working, stopped]);
      refuseStopped();
      return await working;
    } catch (error) {
      refuseStopped();
      throw toFerryError(error);
    } finally {
      ended.abort();
    }
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await open.close();
  };
  return {
    submitManifest: (source, { signal, ...flags } = {}) =>
      guarded((stop) => submitSource(source, flags, { open, config, env, stop }), signal),
    readStatus: (batch) => guarded(async () => batchStatus(open, await summaryOf(open, batch))),
    watchBatch: (batch, options) => watchOpen(open, batch, { ...options, guarded }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
