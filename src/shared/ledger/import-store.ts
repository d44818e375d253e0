import { z } from 'zod';
import type { ImageRequest } from '../image/image-request.ts';
import type { ImportKey } from '../image/import-key.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { ImportEvent } from '../state/import-state.ts';
import { transition } from '../state/machine.ts';
import { storyLine } from '../state/story-line.ts';
import { ChangeFeed } from './change-feed.ts';
import { compareAndSet } from './compare-and-set.ts';
import { ImageOwners } from './image-owners.ts';
import { ImageRemovals } from './image-removals.ts';
import {
  asHash,
  endsAPoll,
  entryFromHash,
  type LedgerEntry,
  progressFields,
  readStory,
  type StoryLine,
} from './ledger-entry.ts';
import { LEDGER_SCHEMA } from './ledger-keys.ts';
import { execute, luaFile, runScript, StorePart } from './scripts.ts';
import { SharingStore } from './sharing-store.ts';

const WAITS = z.enum(['cooldown', 'rate', 'frozen']);
const REFUSALS = z.enum([
  'moved',
  'stopped',
  'scan',
  'paused',
  'full',
  /** As many copies are in flight as IMS takes. */
  'crowded',
  /** The ledger has lost intents. */
  'behind',
  /** A newer version has written the ledger. */
  'newer',
  /** An older one has, or the index has lost images. */
  'index',
  /** This worker has not reported on this run of the server. */
  'report',
  /** This ledger does not hold its project. */
  'unclaimed',
]);

const ADMIT = luaFile('admit.lua').script(
  'admit',
  z.union([
    z.tuple([z.literal('admitted'), z.number(), z.string()]),
    z.tuple([WAITS, z.number()]).transform(([kind, waitMs]) => ({ kind, waitMs })),
    z.tuple([REFUSALS, z.number()]).transform(([kind]) => ({ kind })),
  ]),
);
const LUA = luaFile('import.lua');
const DECLINE = LUA.script('decline', z.tuple([z.number(), z.number()]));
const SWEEP = LUA.script('sweep', z.array(z.string()));

/** What became of a change. `ignored`: the event does not apply to what the ledger holds. */
export type ChangeAnswer =
  | {
      readonly kind: 'changed';
      readonly before: LedgerEntry;
      readonly entry: LedgerEntry;
      /** Batches whose last image got its outcome by this change. */
      readonly finished: readonly string[];
    }
  | { readonly kind: 'ignored'; readonly entry: LedgerEntry | undefined }
  /** Another import has an image that this one would get: nothing was changed. */
  | {
      readonly kind: 'taken';
      readonly entry: LedgerEntry;
      readonly imageId: string;
      readonly owner: ImportKey;
    };

export interface ChangeOptions {
  /** The wall clock, for people. */
  readonly now: number;
  /** The fleet's time by when the import must move again; not used once it is settled. */
  readonly due: number;
  /** Checked together with the state: the change is made only while this holds. */
  readonly onlyIf?: (entry: LedgerEntry) => boolean;
  /** Replaces the stored request when the import becomes pending by this change, or its image was updated. */
  readonly request?: ImageRequest;
  /** The entry as it was read a moment ago: it is read again only if it has moved on since. */
  readonly seen?: LedgerEntry;
}

export interface Intent {
  /** The fleet's time, as far as the sender knows it. */
  readonly now: number;
  /** The wall clock, for people. */
  readonly submittedAt: number;
  /** For how long the sender may send, at most. */
  readonly budgetMs: number;
  readonly due: number;
  readonly sender: string;
  readonly maxInFlight: number;
  /** Milliseconds between two POSTs of the fleet; 0 = unlimited. */
  readonly gapMs: number;
  /** The highest generation that this process has seen. */
  readonly seenGeneration: number;
  /** Of a copy: the image that its create names. */
  readonly copiedFrom?: string;
  /** Of a copy to another region: the project there. */
  readonly copiedTo?: string;
}

/** The answer of admission: only `admitted` may send. Milliseconds where there is something to wait for. */
export type AdmitAnswer =
  /** `generation` counts the intents of the whole ledger. */
  | { readonly kind: 'admitted'; readonly entry: LedgerEntry; readonly generation: number }
  | { readonly kind: z.infer<typeof REFUSALS> }
  | { readonly kind: z.infer<typeof WAITS>; readonly waitMs: number };

/** The truth about every import. Nothing else changes a state. */
export class ImportStore extends StorePart {
  readonly owners = new ImageOwners(this.redis, this.keys);
  readonly sharing = new SharingStore(this.redis, this.keys);
  readonly changes = new ChangeFeed(this.redis, this.keys);
  readonly removals = new ImageRemovals(this.redis, this.keys);

  async read(key: ImportKey): Promise<LedgerEntry | undefined> {
    return entryFromHash(key, await this.redis.hgetall(this.keys.import(key)));
  }

  /** Those that are missing or damaged are left out. */
  async readMany(keys: readonly ImportKey[]): Promise<readonly LedgerEntry[]> {
    const pipeline = this.redis.pipeline();
    for (const key of keys) pipeline.hgetall(this.keys.import(key));
    const hashes = await execute(pipeline, 'WRONGTYPE');
    return hashes.flatMap((hash, at) => entryFromHash(keys[at] ?? '', asHash(hash ?? {})) ?? []);
  }

  /** What happened to an import, the oldest first. Imports of an older version have no story. */
  async story(key: ImportKey): Promise<readonly StoryLine[]> {
    return readStory((await this.redis.hget(this.keys.import(key), 'story')) ?? '');
  }

  /** The stories of several imports, in their order. */
  async stories(keys: readonly ImportKey[]): Promise<readonly (readonly StoryLine[])[]> {
    const pipeline = this.redis.pipeline();
    for (const key of keys) pipeline.hget(this.keys.import(key), 'story');
    const stories = await execute(pipeline);
    return stories.map((story) => readStory(typeof story === 'string' ? story : ''));
  }

  /** Applies an event by compare-and-set; decides again when another process was faster. */
  async change(key: ImportKey, event: ImportEvent, options: ChangeOptions): Promise<ChangeAnswer> {
    for (let { seen } = options; ; seen = undefined) {
      const before = seen ?? (await this.read(key));
      const next = before && transition(before, event);
      const isWanted = before !== undefined && (options.onlyIf?.(before) ?? true);
      if (!before || !next || !isWanted) {
        if (seen === undefined) return { kind: 'ignored', entry: before };
        continue;
      }
      const isReplaced = next.state.status === 'pending' || event.type === 'updated';
      const request = isReplaced ? options.request : undefined;
      const after = { ...before, ...next, ...omitUndefined({ request }) };
      const change = { ...options, before, next: after, event };
      const written = await compareAndSet(this.redis, this.keys, change);
      if (written.kind === 'taken') return { ...written, entry: before };
      if (written.kind === 'written') {
        const polls = before.polls + (endsAPoll(event) ? 1 : 0);
        const entry = { ...after, polls, revision: before.revision + 1 };
        return { kind: 'changed', before, entry, finished: written.finished };
      }
    }
  }

  /** Takes a place and writes the intent, in one script, or says what to wait for. `over`: a connection. */
  async admit(entry: LedgerEntry, intent: Intent, over = this.redis): Promise<AdmitAnswer> {
    const { now, budgetMs, submittedAt, sender, maxInFlight, gapMs } = intent;
    const { copiedFrom, copiedTo } = intent;
    const event = { type: 'admitted', sendBy: now + budgetMs, sender } as const;
    const next = transition(entry, event);
    if (next?.state.status !== 'submitting') return { kind: 'moved' };
    const answer = await runScript(over, ADMIT, {
      key: this.keys.import(entry.key),
      arg: {
        prefix: this.keys.prefix,
        key: entry.key,
        revision: String(entry.revision),
        now: String(now),
        maxInFlight,
        gapMs,
        due: intent.due.toFixed(),
        sender,
        seen: intent.seenGeneration,
        schema: LEDGER_SCHEMA,
        line: storyLine(entry, next, event) ?? '',
        budgetMs,
        fields: [
          ...[...progressFields(entry, next), 'submitted_at', String(submittedAt)],
          ...(copiedFrom === undefined ? [] : ['copied_from', copiedFrom]),
          ...(copiedTo === undefined ? [] : ['copied_to', copiedTo]),
        ],
      },
    });
    if ('kind' in answer) return answer;
    const [kind, generation, until] = answer;
    const state = { ...next.state, sendBy: Number(until) };
    const more = omitUndefined({ copiedFrom, copiedTo });
    const changed = { ...next, state, revision: entry.revision + 1, submittedAt, ...more };
    return { kind, entry: { ...entry, ...changed }, generation };
  }

  /** Notes that a batch no longer wants the import; true when no batch is left that does. */
  async decline(key: ImportKey, batch: string): Promise<boolean> {
    return this.#decline(key, batch, true);
  }

  /** Takes a refusal of this batch back. */
  async want(key: ImportKey, batch: string): Promise<void> {
    await this.#decline(key, batch, false);
  }

  async #decline(key: ImportKey, batch: string, noMore: boolean): Promise<boolean> {
    const hash = this.keys.import(key);
    const [batches, declined] = await this.run(DECLINE, hash, { batch, noMore });
    return declined >= batches;
  }

  /** Overdue imports, postponed until then so that no other worker takes them meanwhile. */
  async sweep(now: number, limit: number, until: number): Promise<readonly ImportKey[]> {
    const arg = { now: now.toFixed(), limit, postponedTo: until.toFixed() };
    return this.run(SWEEP, this.keys.due, arg);
  }

  /** Postpones imports that wait and are not forgotten; settled ones stay out. */
  async putOff(keys: readonly ImportKey[], until: number): Promise<void> {
    if (keys.length === 0) return;
    const members = keys.flatMap((key) => [Math.round(until), key]);
    await this.redis.zadd(this.keys.due, 'XX', ...members);
  }

  /** Makes the id of the import's next queue job a new one. */
  async requeued(key: ImportKey): Promise<number> {
    const hash = this.keys.import(key);
    const [queued] = await execute(
      this.redis.multi().hincrby(hash, 'queued', 1).hincrby(hash, 'revision', 1),
    );
    return Number(queued);
  }

  /** Takes the copy out of the crowd that has waited longest for a place of copies. */
  async nextInCrowd(): Promise<ImportKey | undefined> {
    const [key] = await this.redis.zpopmin(this.keys.crowd);
    return key;
  }

  /** How many images hold a place. */
  inFlight(): Promise<number> {
    return this.redis.scard(this.keys.inFlight);
  }
}
