import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { runScript } from './run-script.ts';
import { REPORT_SCRIPT, SERVER_SCRIPT } from './scripts/guard-scripts.ts';

export interface GuardReport {
  /** How many intents the ledger has seen, or somebody knows it had. */
  readonly generation: number;
  /** No create before this time, by Redis' clock; 0 = not frozen. */
  readonly frozenUntil: number;
  /** This report found out that intents were lost. */
  readonly isNews: boolean;
  /** Version of what is in Redis. */
  readonly schema: number;
}

export interface ScanStart {
  /** Redis' time. */
  readonly at: number;
  /** Names this run of the server; empty when it may not be asked. */
  readonly server: string;
  /** Another run than the one whose image list was scanned last. */
  readonly isOtherServer: boolean;
}

/**
 * Guards against a Redis that has lost writes: restored from a backup, failed over, emptied. Every
 * intent raises the generation; workers remember the highest they have seen. Where Redis is behind,
 * creates wait for one window and for a scan of the image list; where only the server was started
 * anew, for a scan.
 */
export class LedgerGuard {
  readonly #redis: RedisConnection;
  readonly keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.keys = keys;
  }

  /** Tells what was seen; freezes creates for `windowMs` when the ledger is behind that. */
  async report(seen: number, windowMs: number): Promise<GuardReport> {
    const answer = await runScript(this.#redis, REPORT_SCRIPT, {
      keys: [this.keys.meta],
      args: [this.keys.prefix, String(seen), String(windowMs)],
    });
    const [generation, frozenUntil, isNews, schema] = answer as [number, number, number, number];
    return { generation, frozenUntil, isNews: isNews === 1, schema };
  }

  async beginScan(): Promise<ScanStart> {
    const answer = await runScript(this.#redis, SERVER_SCRIPT, {
      keys: [this.keys.meta],
      args: [this.keys.prefix],
    });
    const [at, server, before] = answer as [number, string, string];
    return { at, server, isOtherServer: before !== '' && before !== server };
  }

  /** Remembers when the last complete scan of the image list began, and on which run of the server. */
  async scanned({ at, server }: Pick<ScanStart, 'at' | 'server'>): Promise<void> {
    await this.#redis.hset(this.keys.meta, 'scanned_at', at, 'server', server);
    await this.#redis.publish(this.keys.wake, 'scanned');
  }

  /** Until when creates are frozen, in milliseconds since 1970; `undefined` when they are not. */
  async frozenUntil(): Promise<number | undefined> {
    const { frozenUntil } = await this.report(0, 0);
    return frozenUntil === 0 ? undefined : frozenUntil;
  }

  /** A person vouches for this Redis: creates wait for a scan only. False when nothing was frozen. */
  async trust(): Promise<boolean> {
    const lifted = await this.#redis.hdel(this.keys.meta, 'frozen_until');
    await this.#redis.publish(this.keys.wake, 'trusted');
    return lifted === 1;
  }
}
