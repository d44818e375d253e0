import { z } from 'zod';
import { Healer } from './healer.ts';
import { FLAG, luaFile, NO_ANSWER, StorePart } from './scripts.ts';

const LUA = luaFile('guard.lua');
const REPORT = LUA.script(
  'report',
  z.tuple([z.number(), z.number(), FLAG, z.number(), FLAG, z.array(z.string())]),
);
const LEAVE = LUA.script('leave', NO_ANSWER);
const BEGIN_SCAN = LUA.script(
  'beginScan',
  z.tuple([z.number(), z.string(), z.string(), z.string(), z.number(), z.number()]),
);
const SCANNED = LUA.script('scanned', FLAG);
const WAITING = LUA.script('waiting', z.tuple([z.number(), z.number()]));
const TRUST = LUA.script('trust', z.number());

/** What a worker reports of itself. */
export interface Holder {
  readonly workerId: string;
  /** The highest generation that it has seen. */
  readonly seen: number;
  /** Its intents are on the disk before their POST leaves, and no other server takes this one's place. */
  readonly isSafe: boolean;
  /** What it has seen is on its host's disk: when it is gone, others on this host may report it. */
  readonly isKept: boolean;
  /** How long creates wait where something was lost. */
  readonly windowMs: number;
  /** Workers that are gone and whose numbers it brings. */
  readonly speaksFor?: readonly string[];
}

export interface GuardReport {
  /** How many intents the ledger has seen, or some worker has seen in it. */
  readonly generation: number;
  /** Milliseconds of the fleet's time for which nothing is created; 0 = not frozen. */
  readonly frozenMs: number;
  /** This report has revealed that intents were lost. */
  readonly isNews: boolean;
  /** Version of what is in Redis. */
  readonly schema: number;
  /** The ledger already had this worker as one that may hold intents. */
  readonly wasKnown: boolean;
  /** Workers that have not reported since this run of the server began. */
  readonly missing: readonly string[];
}

export interface ScanStart {
  /** In the order of registrations. */
  readonly at: number;
  /** The fleet's time. */
  readonly time: number;
  /** Names this run of the server; empty when Redis does not permit the question. */
  readonly server: string;
  /** Another run than the one whose image list was scanned last. */
  readonly isOtherServer: boolean;
  /** How many workers may know of lost intents: creates wait for them. */
  readonly missing: number;
  /** For how long, at most. */
  readonly waitMs: number;
}

/** Why an intent was taken back unsent. */
export const NOT_ON_DISK = {
  code: 'NOT_ON_DISK',
  message: 'Redis did not confirm in time that the intent is on disk.',
  // With `everysec` Redis counts the seconds by the wall clock: it syncs nothing until that has caught up.
  advice:
    'Check the disk of Redis and the state folder of this host; if the clock of the Redis host was set back, run: redis-cli config set appendfsync always',
} as const;

/** An intent that was taken back this long ago says something about now. */
export const NOT_ON_DISK_KEPT_MS = 60_000;

/** Creates wait. */
export interface CreatesWait {
  readonly ms: number;
  /** For how many workers; 0: because intents were lost. */
  readonly missing: number;
}

/**
 * Guards against a Redis that has lost writes: restored from a backup, failed over, emptied. Every
 * intent raises the generation; workers remember the highest they have seen. Where Redis is behind,
 * creates wait for one window and for a scan of the image list. Where the server was restarted, they wait for
 * every worker that may have held an intent that was on no disk, and for a scan.
 */
export class GuardStore extends StorePart {
  readonly healer = new Healer(this.redis, this.keys);

  /**
   * Reports what a worker has seen; freezes creates for the window when the ledger is behind that, or is known
   * to have lost imports.
   */
  async report(holder: Holder): Promise<GuardReport> {
    const { workerId: worker, seen, isSafe, isKept, windowMs: window, speaksFor = [] } = holder;
    const mode = isSafe ? 'd' : isKept ? 'n' : 'u';
    const arg = { seen, window, worker, mode, speaksFor };
    const answer = await this.run(REPORT, this.keys.meta, arg);
    const [generation, frozenMs, isNews, schema, wasKnown, missing] = answer;
    return { generation, frozenMs, isNews, schema, wasKnown, missing };
  }

  /** A worker has reported what it knew, and sends no more. */
  async leave(workerId: string): Promise<void> {
    await this.run(LEAVE, this.keys.meta, { worker: workerId });
  }

  async beginScan(windowMs = 0): Promise<ScanStart> {
    const answer = await this.run(BEGIN_SCAN, this.keys.meta, { window: windowMs });
    const [at, time, server, before, missing, waitMs] = answer;
    const isOtherServer = before !== '' && before !== server;
    return { at, time: Number(time), server, isOtherServer, missing, waitMs };
  }

  /**
   * Notes when the last complete scan of the image list began, and on which run of the server. False when
   * that run is over, or creates still wait for a worker.
   */
  async scanned({ at, time, server }: Pick<ScanStart, 'at' | 'time' | 'server'>): Promise<boolean> {
    const arg = { at: String(at), time: String(time), run: server };
    const counts = await this.run(SCANNED, this.keys.meta, arg);
    await this.redis.publish(this.keys.wake, 'scanned');
    return counts;
  }

  /** Why creates wait, and for how long; `undefined` when they do not. */
  async waiting(): Promise<CreatesWait | undefined> {
    const [ms, missing] = await this.run(WAITING, this.keys.meta);
    return ms === 0 ? undefined : { ms, missing };
  }

  /** An intent was taken back because Redis did not confirm it; by the wall clock, for people. */
  async noteNotOnDisk(now: number): Promise<void> {
    await this.redis.hset(this.keys.meta, 'not_on_disk_at', Math.round(now));
  }

  /** When that happened last. */
  async notOnDiskAt(): Promise<number | undefined> {
    const at = await this.redis.hget(this.keys.meta, 'not_on_disk_at');
    return at === null ? undefined : Number(at);
  }

  /** Imports are missing: the next worker that reports freezes creates for its window. */
  async freezeAtNextReport(): Promise<void> {
    await this.redis.hset(this.keys.meta, 'doubted', '1');
  }

  /** A person vouches for this Redis: creates wait for a scan only. False when creates did not wait. */
  async trust(): Promise<boolean> {
    const lifted = await this.run(TRUST, this.keys.meta);
    await this.redis.publish(this.keys.wake, 'trusted');
    return lifted > 0;
  }
}
