import type { Holder } from '../shared/ledger/guard-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Logger } from '../shared/log/logger.ts';
import { isCluster, type RedisConnection } from '../shared/redis/redis-connection.ts';
import { type WriteSafety, writeSafetyOf } from '../shared/redis/redis-facts.ts';
import { atMost, type Clock } from '../shared/runtime/clock.ts';

/** How long after its intent a create may leave: at most 10 s, at most half of the queue's lock. */
export function sendBudgetMs(lockMs: number): number {
  return Math.min(lockMs / 2, 10_000);
}

/**
 * The sender's own deadline, started before the intent is written. It is over when the monotonic clock or the
 * wall clock says so: one of them keeps running while a process or its host sleeps. A wall clock that jumps
 * ends it early, and never extends it.
 */
export interface Deadline {
  readonly budgetMs: number;
  mayStillSend(): boolean;
  /** Milliseconds that are left by the monotonic clock; 0 when it is over. */
  leftMs(): number;
}

export function startDeadline(
  clock: Pick<Clock, 'monotonic'> & { readonly wall: Pick<Clock, 'now'> },
  budgetMs: number,
): Deadline {
  const wallStart = clock.wall.now();
  const start = clock.monotonic();
  const monotonicMs = (): number => clock.monotonic() - start;
  return {
    budgetMs,
    leftMs: () => Math.max(0, budgetMs - monotonicMs()),
    mayStillSend: () => {
      const wall = clock.wall.now() - wallStart;
      return wall >= 0 && wall <= budgetMs && monotonicMs() <= budgetMs;
    },
  };
}

/**
 * The registration of a worker that may hold intents has to be on disk before its first intent, or nobody
 * would wait for it. With `appendfsync everysec` that lasts up to two seconds.
 */
const REGISTERED_MS = 3000;
/** Settings of Redis may be changed while it runs. */
const CHECKED_MS = 10_000;

/** The connection that an intent is written over, until it is known whether it is on disk. */
export interface IntentWriter {
  /** Absent: any. */
  readonly connection?: RedisConnection;
  /** Whether the intent is on disk, as far as Redis can confirm; then the writer is done. */
  confirm(entry: LedgerEntry, leftMs: number): Promise<boolean>;
  /** No intent was written. */
  release(): void;
}

interface IntentsDeps {
  readonly redis: RedisConnection;
  readonly connect: () => Promise<RedisConnection>;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly log: Logger;
  readonly keyOf: (entry: LedgerEntry) => string;
}

/** Makes sure that an intent is on disk before its POST leaves, or that losing it is noticed. */
export class Intents {
  readonly #deps: IntentsDeps;
  readonly #lines = new Set<DiskLine>();
  readonly #idle: DiskLine[] = [];
  #safety: WriteSafety | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #registeredAt = Number.NEGATIVE_INFINITY;
  #mayBeSpokenFor = false;

  constructor(deps: IntentsDeps) {
    this.#deps = deps;
  }

  /**
   * Checks how safe the answers of Redis are, unless that was done a moment ago; true when no intent can be
   * lost by a new run of it.
   */
  async check(): Promise<boolean> {
    const { clock, log, redis } = this.#deps;
    if (!this.#safety || clock.monotonic() - this.#checkedAt > CHECKED_MS) {
      const before = JSON.stringify(this.#safety);
      this.#checkedAt = clock.monotonic();
      this.#safety = await writeSafetyOf(redis);
      const isNew = JSON.stringify(this.#safety) !== before;
      if (isNew) log.debug({ ...this.#safety }, 'how Redis keeps intents');
    }
    const { mayBeReplaced, confirms, always } = this.#safety;
    return !mayBeReplaced && (confirms || always);
  }

  /** False where it is not known what Redis can confirm: nothing is written before the next check. */
  get isChecked(): boolean {
    return this.#safety !== undefined;
  }

  /** It may be another server now. */
  reconnected(): void {
    this.#safety = undefined;
  }

  /** Before this is reported to the ledger: from then on others of this host may speak for this worker. */
  registering({ isSafe, isKept }: Pick<Holder, 'isSafe' | 'isKept'>): void {
    this.#mayBeSpokenFor ||= !isSafe && isKept;
  }

  /** `wasKnown`: the worker was registered already, and that is on disk. */
  registered(wasKnown: boolean, { isSafe, isKept }: Pick<Holder, 'isSafe' | 'isKept'>): void {
    this.#mayBeSpokenFor = !isSafe && isKept;
    if (isSafe) this.#registeredAt = Number.NEGATIVE_INFINITY;
    else if (!wasKnown) this.#registeredAt = this.#deps.clock.monotonic();
  }

  /** Milliseconds until this worker may write an intent. */
  waitMs(): number {
    return Math.max(0, this.#registeredAt + REGISTERED_MS - this.#deps.clock.monotonic());
  }

  /**
   * For an intent whose number is not on this host's disk. False: nothing is sent before the ledger knows that
   * nobody may speak for this worker.
   */
  mayBeSentUnkept(): boolean {
    if (this.#mayBeSpokenFor) this.#safety = undefined;
    return !this.#mayBeSpokenFor;
  }

  async writer(): Promise<IntentWriter> {
    if (!this.#safety?.confirms) return { confirm: async () => true, release: () => undefined };
    const { clock, log, keyOf } = this.#deps;
    const line = this.#idle.pop() ?? new DiskLine(await this.#deps.connect());
    this.#lines.add(line);
    const { breaks } = line;
    const release = (): void => void this.#idle.push(line);
    const confirm = async (entry: LedgerEntry, leftMs: number): Promise<boolean> => {
      const key = keyOf(entry);
      const waitMs = Math.floor(leftMs);
      const isOnDisk = waitMs < 1 ? Promise.resolve(false) : line.isOnDisk({ key, breaks }, waitMs);
      const confirmed = isOnDisk.finally(release).catch((error: unknown) => {
        // By the last check it can: the next intent starts with another one.
        this.#safety = undefined;
        log.warn({ err: error }, 'Redis no longer reports whether intents are on its disk');
        return false;
      });
      return (await atMost(clock, Math.max(0, waitMs), confirmed)) === true;
    };
    return { connection: line.connection, release, confirm };
  }

  close(): void {
    for (const { connection } of this.#lines) connection.disconnect();
  }
}

/**
 * A connection for one intent at a time: `WAITAOF` waits for what was written over its own connection, and
 * other commands would have to wait behind it.
 */
class DiskLine {
  readonly connection: RedisConnection;
  /** Grows whenever the connection is lost: what was written before is not confirmed by what comes after. */
  breaks = 0;

  constructor(connection: RedisConnection) {
    this.connection = connection;
    const count = (): void => {
      this.breaks += 1;
    };
    if (isCluster(connection)) connection.on('-node', count).on('node error', count);
    else connection.on('close', count);
  }

  /**
   * True when what was last written for this key over this connection is on disk; false when that was not
   * confirmed in time, or the connection was lost since then.
   * @throws the server's error where it does not know
   */
  async isOnDisk(
    { key, breaks }: { readonly key: string; readonly breaks: number },
    timeoutMs: number,
  ): Promise<boolean> {
    if (this.breaks !== breaks) return false;
    // In a cluster `exists` leads to the server that has the key.
    const answers = await this.connection
      .pipeline()
      .exists(key)
      .call('WAITAOF', '1', '0', String(timeoutMs))
      .exec();
    const [error, counts] = answers?.[1] ?? [];
    if (error) throw error;
    return this.breaks === breaks && Array.isArray(counts) && Number(counts[0]) >= 1;
  }
}
