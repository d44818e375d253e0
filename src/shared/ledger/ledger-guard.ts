import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { runScript } from './run-script.ts';
import {
  LEAVE_SCRIPT,
  REPORT_SCRIPT,
  SCANNED_SCRIPT,
  SERVER_SCRIPT,
  TRUST_SCRIPT,
  WAITING_SCRIPT,
} from './scripts/guard-scripts.ts';

/** What a worker tells of itself. */
export interface Holder {
  readonly workerId: string;
  /** The highest generation that it has seen. */
  readonly seen: number;
  /** Its intents are on the disk before their POST leaves, and no other server takes this one's place. */
  readonly isSafe: boolean;
  /** What it has seen is on its host's disk: when it is gone, others of this host may tell it. */
  readonly isKept: boolean;
  /** How long creates wait where something was lost. */
  readonly windowMs: number;
  /** Workers that are gone and whose knowledge it brings. */
  readonly speaksFor?: readonly string[];
}

export interface GuardReport {
  /** How many intents the ledger has seen, or somebody knows it had. */
  readonly generation: number;
  /** No create for so many milliseconds of the fleet's time; 0 = not frozen. */
  readonly frozenMs: number;
  /** This report found out that intents were lost. */
  readonly isNews: boolean;
  /** Version of what is in Redis. */
  readonly schema: number;
  /** It was in the ledger already that this worker may hold intents. */
  readonly wasKnown: boolean;
  /** Workers that have not told what they knew since this run of the server began. */
  readonly missing: readonly string[];
}

export interface ScanStart {
  /** In the order of registrations. */
  readonly at: number;
  /** The fleet's time. */
  readonly time: number;
  /** Names this run of the server; empty when it may not be asked. */
  readonly server: string;
  /** Another run than the one whose image list was scanned last. */
  readonly isOtherServer: boolean;
  /** So many workers may know of intents that are lost, and are waited for. */
  readonly missing: number;
  /** For how long, at most. */
  readonly waitMs: number;
}

/** Creates wait. */
export interface CreatesWait {
  readonly ms: number;
  /** For so many workers; 0: because intents were lost. */
  readonly missing: number;
}

/**
 * Guards against a Redis that has lost writes: restored from a backup, failed over, emptied. Every
 * intent raises the generation; workers remember the highest they have seen. Where Redis is behind,
 * creates wait for one window and for a scan of the image list. Where the server was started anew, they
 * wait for whoever may have held an intent that was on no disk, and for a scan.
 */
export class LedgerGuard {
  readonly #redis: RedisConnection;
  readonly keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.keys = keys;
  }

  /**
   * Tells what was seen; freezes creates for the window when the ledger is behind that, or is known to have
   * lost imports.
   */
  async report({
    workerId,
    seen,
    isSafe,
    isKept,
    windowMs,
    speaksFor = [],
  }: Holder): Promise<GuardReport> {
    const mode = isSafe ? 'd' : isKept ? 'n' : 'u';
    const told = [seen, windowMs, workerId, mode, ...speaksFor];
    const answer = await this.#run(REPORT_SCRIPT, told.map(String));
    type Answer = readonly [number, number, number, number, number, readonly string[]];
    const [generation, frozenMs, isNews, schema, wasKnown, missing] = answer as Answer;
    return {
      generation,
      frozenMs,
      isNews: isNews === 1,
      schema,
      wasKnown: wasKnown === 1,
      missing,
    };
  }

  /** A worker has told what it knew, and sends no more. */
  async leave(workerId: string): Promise<void> {
    await this.#run(LEAVE_SCRIPT, [workerId]);
  }

  async beginScan(windowMs = 0): Promise<ScanStart> {
    const answer = await this.#run(SERVER_SCRIPT, [String(windowMs)]);
    type Answer = readonly [number, string, string, string, number, number];
    const [at, time, server, before, missing, waitMs] = answer as Answer;
    const isOtherServer = before !== '' && before !== server;
    return { at, time: Number(time), server, isOtherServer, missing, waitMs };
  }

  /**
   * Remembers when the last complete scan of the image list began, and on which run of the server. False
   * when that run is over, or somebody is waited for.
   */
  async scanned({ at, time, server }: Pick<ScanStart, 'at' | 'time' | 'server'>): Promise<boolean> {
    const counts = await this.#run(SCANNED_SCRIPT, [String(at), String(time), server]);
    await this.#redis.publish(this.keys.wake, 'scanned');
    return counts === 1;
  }

  /** Why creates wait, and for how long; `undefined` when they do not. */
  async waiting(): Promise<CreatesWait | undefined> {
    const [ms, missing] = (await this.#run(WAITING_SCRIPT, [])) as [number, number];
    return ms === 0 ? undefined : { ms, missing };
  }

  /** Imports are missing: the next worker that reports freezes creates for its window. */
  async doubt(): Promise<void> {
    await this.#redis.hset(this.keys.meta, 'doubted', '1');
  }

  /** A person vouches for this Redis: creates wait for a scan only. False when nothing was waited for. */
  async trust(): Promise<boolean> {
    const lifted = (await this.#run(TRUST_SCRIPT, [])) as number;
    await this.#redis.publish(this.keys.wake, 'trusted');
    return lifted > 0;
  }

  #run(script: string, args: readonly string[]): Promise<unknown> {
    const given = { keys: [this.keys.meta], args: [this.keys.prefix, ...args] };
    return runScript(this.#redis, script, given);
  }
}
