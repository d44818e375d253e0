import type { Holder } from '../shared/ledger/guard-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Logger } from '../shared/log/logger.ts';
import { isCluster, type RedisConnection } from '../shared/redis/redis-connection.ts';
import { type WriteSafety, writeSafetyOf } from '../shared/redis/redis-facts.ts';
import type { Clock } from '../shared/runtime/clock.ts';

/** How long after its intent a create may leave: at most 10 s, at most half of the queue's lock. */
export function sendBudgetMs(lockMs: number): number {
  return Math.min(lockMs / 2, 10_000);
}

/**
 * The sender's own deadline, started before the intent is written. It is over when the monotonic clock or the wall
 * clock says so: one of them keeps running while a process or its host sleeps. A wall clock that jumps ends it early,
 * and never extends it.
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
 * That a worker may hold intents has to be on the disk before its first one, or nobody would wait for it.
 * With `appendfsync everysec` that takes up to two seconds.
 */
const REGISTERED_MS = 3000;
/** Settings of Redis may be changed while it runs. */
const ASKED_MS = 10_000;

/** The connection that an intent is written over, until it is known whether it is on the disk. */
export interface IntentWriter {
  /** Absent: any. */
  readonly connection?: RedisConnection;
  /** Whether the intent of this import is on the disk, as far as Redis can tell; then the writer is done. */
  confirm(entry: LedgerEntry, leftMs: number): Promise<boolean>;
  /** No intent was written. */
  release(): void;
}

export interface IntentsDeps {
  readonly redis: RedisConnection;
  readonly connect: () => Promise<RedisConnection>;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly log: Logger;
  /** The key of an import's hash. */
  readonly keyOf: (entry: LedgerEntry) => string;
}

/** Sees to it that an intent is on the disk before its POST leaves, or that losing it is noticed. */
export class Intents {
  readonly #deps: IntentsDeps;
  readonly #connections: ConfirmingConnections;
  #safety: WriteSafety | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #registeredAt = Number.NEGATIVE_INFINITY;
  #mayBeSpokenFor = false;

  constructor(deps: IntentsDeps) {
    this.#deps = deps;
    this.#connections = new ConfirmingConnections(deps.connect);
  }

  /**
   * Asks Redis how safe its answers are, unless it was asked a moment ago; true when no intent can be lost
   * by a new run of it.
   */
  async check(): Promise<boolean> {
    const { clock, log, redis } = this.#deps;
    if (!this.#safety || clock.monotonic() - this.#askedAt > ASKED_MS) {
      const before = JSON.stringify(this.#safety);
      this.#askedAt = clock.monotonic();
      this.#safety = await writeSafetyOf(redis);
      const isNew = JSON.stringify(this.#safety) !== before;
      if (isNew) log.debug({ ...this.#safety }, 'how Redis keeps intents');
    }
    const { mayBeReplaced, confirms, always } = this.#safety;
    return !mayBeReplaced && (confirms || always);
  }

  /** It may be another server now. */
  reconnected(): void {
    this.#safety = undefined;
  }

  /** Before the ledger is told: from then on others of this host may speak for this worker. */
  registering({ isSafe, isKept }: Pick<Holder, 'isSafe' | 'isKept'>): void {
    this.#mayBeSpokenFor ||= !isSafe && isKept;
  }

  /** Registered in the ledger; `wasKnown`: it was there already, and is on the disk. */
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
   * The number of an intent is not on this host's disk. True when the intent may be sent all the same; else
   * nothing is sent before the ledger knows that nobody may speak for this worker.
   */
  mayBeSentUnkept(): boolean {
    if (this.#mayBeSpokenFor) this.#safety = undefined;
    return !this.#mayBeSpokenFor;
  }

  async writer(): Promise<IntentWriter> {
    if (!this.#safety?.confirms) return { confirm: async () => true, release: () => undefined };
    const confirming = await this.#connections.take();
    const breaks = confirming.breaks();
    return {
      connection: confirming.connection,
      release: () => this.#connections.giveBack(confirming),
      confirm: (entry, leftMs) => {
        const since = { key: this.#deps.keyOf(entry), breaks };
        return this.#confirm(confirming, since, leftMs);
      },
    };
  }

  async #confirm(
    confirming: Confirming,
    since: { readonly key: string; readonly breaks: number },
    leftMs: number,
  ): Promise<boolean> {
    const { clock, log } = this.#deps;
    const whole = Math.floor(leftMs);
    if (whole < 1) {
      this.#connections.giveBack(confirming);
      return false;
    }
    const asked = isOnDisk(confirming, since, whole)
      .catch((error: unknown) => {
        // It could when it was asked last: what it can now is asked before the next intent.
        this.#safety = undefined;
        log.warn({ err: error }, 'Redis does not tell any more whether intents are on its disk');
        return false;
      })
      .finally(() => this.#connections.giveBack(confirming));
    const late = new AbortController();
    const over = clock.sleep(whole, late.signal).then(() => false);
    return Promise.race([asked, over]).finally(() => late.abort());
  }

  /** Where it has become unknown what Redis can, nothing is written before it was asked. */
  get isChecked(): boolean {
    return this.#safety !== undefined;
  }

  close(): void {
    this.#connections.close();
  }
}

/** A connection for one intent at a time: `WAITAOF` waits for what was written over its own connection. */
interface Confirming {
  readonly connection: RedisConnection;
  /** Raised whenever the connection was lost: what was written before is not confirmed by what comes after. */
  breaks(): number;
}

/** Connections that wait for Redis' disk; others would have to wait behind them. */
class ConfirmingConnections {
  readonly #connect: () => Promise<RedisConnection>;
  readonly #idle: Confirming[] = [];
  readonly #all: RedisConnection[] = [];

  constructor(connect: () => Promise<RedisConnection>) {
    this.#connect = connect;
  }

  async take(): Promise<Confirming> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    const connection = await this.#connect();
    this.#all.push(connection);
    return watched(connection);
  }

  giveBack(confirming: Confirming): void {
    this.#idle.push(confirming);
  }

  close(): void {
    for (const connection of this.#all) connection.disconnect();
  }
}

function watched(connection: RedisConnection): Confirming {
  let breaks = 0;
  const count = (): void => {
    breaks += 1;
  };
  if (isCluster(connection)) connection.on('-node', count).on('node error', count);
  else connection.on('close', count);
  return { connection, breaks: () => breaks };
}

/**
 * True when what was last written for this key over this connection is on the disk; false when that was
 * not told in time, or the connection was lost since then.
 * @throws the server's error where it cannot tell
 */
async function isOnDisk(
  { connection, breaks }: Confirming,
  since: { readonly key: string; readonly breaks: number },
  timeoutMs: number,
): Promise<boolean> {
  if (breaks() !== since.breaks) return false;
  // Of a cluster the key leads to the server that has it.
  const answers = await connection
    .pipeline()
    .exists(since.key)
    .call('WAITAOF', '1', '0', String(timeoutMs))
    .exec();
  const [error, counts] = answers?.[1] ?? [null, undefined];
  if (error) throw error;
  return breaks() === since.breaks && Array.isArray(counts) && Number(counts[0]) >= 1;
}
