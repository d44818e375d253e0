import { z } from 'zod';
import type { ImportKey } from '../image/import-key.ts';
import { type Sharing, sharingText } from '../image/sharing.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import { FLAG, luaFile, runScriptForAll, StorePart } from './scripts.ts';

const LUA = luaFile('sharing.lua');
const TAKE = LUA.script('take', z.array(z.string()));
const NOTE = LUA.script('note', FLAG);
const WANT = LUA.script('want', z.tuple([FLAG, FLAG]));

/** What was done or learned for one import. */
export interface SharingNews {
  readonly sharing: Sharing;
  /** The fleet's time of the next look; absent: it is at rest. */
  readonly due?: number;
  /** For the story. */
  readonly lines: readonly string[];
}

/** An import whose manifest was submitted again. */
export interface Wanted {
  readonly key: ImportKey;
  /** The stored request, and what it becomes; absent: it stays. */
  readonly request?: { readonly from: string; readonly to: string };
}

/** Which imports have succeeded and are still to be shared with other projects. */
export class SharingStore extends StorePart {
  /** How many wait for something, now or later. */
  async count(): Promise<number> {
    return this.redis.zcard(this.keys.sharing);
  }

  /** Imports to look at now, postponed until then so that one that fails does not stop the others. */
  async take(now: number, limit: number, until: number): Promise<readonly ImportKey[]> {
    const arg = { now: now.toFixed(), limit, postponedTo: until.toFixed() };
    return this.run(TAKE, this.keys.sharing, arg);
  }

  /** False when the import has changed since it was read: it is looked at again. */
  async note({ key, revision }: LedgerEntry, news: SharingNews): Promise<boolean> {
    const { sharing, due, lines } = news;
    return this.run(NOTE, this.keys.import(key), {
      ...{ key, revision: String(revision), lines },
      sharing: sharingText(sharing),
      due: due === undefined ? '' : due.toFixed(),
    });
  }

  /** Of each: whether its request was replaced, and whether there is something to do now. */
  async want(all: readonly Wanted[]): Promise<readonly (readonly [boolean, boolean])[]> {
    const { prefix } = this.keys;
    const calls = all.map(({ key, request }) => ({
      key: this.keys.import(key),
      arg: omitUndefined({ prefix, key, from: request?.from, to: request?.to }),
    }));
    return runScriptForAll(this.redis, WANT, calls);
  }
}
