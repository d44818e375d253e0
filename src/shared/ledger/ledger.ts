import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { ImportEvent, ImportState } from '../state/import-state.ts';
import { transition } from '../state/machine.ts';
import { storyLine } from '../state/story-line.ts';
import { compareAndSet } from './compare-and-set.ts';
import { ImageOwners } from './image-owners.ts';
import type { AdmitAnswer, ChangeAnswer, ChangeOptions, Intent } from './ledger-answers.ts';
import {
  type EntryHash,
  endsAPoll,
  entryFromHash,
  type LedgerEntry,
  progressFields,
} from './ledger-entry.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { LEDGER_SCHEMA } from './ledger-schema.ts';
import { runScript } from './run-script.ts';
import { ADMIT_SCRIPT } from './scripts/admit-script.ts';
import { DECLINE_SCRIPT } from './scripts/register-script.ts';
import { SWEEP_SCRIPT } from './scripts/sweep-script.ts';

/** The truth about every import. Nothing else changes a state. */
export class Ledger {
  readonly #redis: RedisConnection;
  readonly keys: LedgerKeys;
  readonly owners: ImageOwners;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.keys = keys;
    this.owners = new ImageOwners(redis, keys);
  }

  async read(key: ImportKey): Promise<LedgerEntry | undefined> {
    return entryFromHash(key, await this.#redis.hgetall(this.keys.import(key)));
  }

  async readMany(keys: readonly ImportKey[]): Promise<readonly LedgerEntry[]> {
    const pipeline = this.#redis.pipeline();
    for (const key of keys) pipeline.hgetall(this.keys.import(key));
    const answers = (await pipeline.exec()) ?? [];
    const entries: LedgerEntry[] = [];
    for (const [index, [error, hash]] of answers.entries()) {
      if (error && !error.message.startsWith('WRONGTYPE')) throw error;
      const entry = error ? undefined : entryFromHash(keys[index] ?? '', hash as EntryHash);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /** Applies an event by compare-and-set; decides anew when somebody else was faster. */
  async change(key: ImportKey, event: ImportEvent, options: ChangeOptions): Promise<ChangeAnswer> {
    let { seen } = options;
    for (;;) {
      const before = seen ?? (await this.read(key));
      const next = before && transition(before, event);
      const isWanted = before !== undefined && (options.onlyIf?.(before) ?? true);
      if (!before || !next || !isWanted) {
        if (seen === undefined) return { kind: 'ignored', entry: before };
        seen = undefined;
        continue;
      }
      const request = next.state.status === 'pending' ? options.request : undefined;
      const after = { ...before, ...next, ...(request === undefined ? {} : { request }) };
      const { now, due } = options;
      const change = { before, next: after, event, now, due };
      const written = await compareAndSet(this.#redis, this.keys, change);
      if (written.kind === 'taken') return { ...written, entry: before };
      if (written.kind === 'written') {
        const polls = before.polls + (endsAPoll(event) ? 1 : 0);
        const entry = { ...after, polls, revision: before.revision + 1 };
        return { kind: 'changed', before, entry, finished: written.finished };
      }
      seen = undefined;
    }
  }

  /** Takes a place and writes the intent, in one script, or says what to wait for. `over`: a connection. */
  async admit(entry: LedgerEntry, intent: Intent, over = this.#redis): Promise<AdmitAnswer> {
    const sendBy = intent.now + intent.budgetMs;
    const event = { type: 'admitted', sendBy, sender: intent.sender } as const;
    const next = transition(entry, event);
    if (!next) return { kind: 'moved' };
    const [word, value, until] = (await runScript(over, ADMIT_SCRIPT, {
      keys: [this.keys.import(entry.key)],
      args: [
        this.keys.prefix,
        entry.key,
        String(entry.revision),
        String(intent.now),
        String(intent.maxInFlight),
        String(intent.gapMs),
        intent.due.toFixed(),
        intent.sender,
        String(intent.seenGeneration),
        String(LEDGER_SCHEMA),
        storyLine(entry, next, event) ?? '',
        String(intent.budgetMs),
        ...progressFields(entry, next),
        'submitted_at',
        String(intent.submittedAt),
      ],
    })) as [AdmitAnswer['kind'], number, string?];
    switch (word) {
      case 'admitted': {
        const changed = { revision: entry.revision + 1, submittedAt: intent.submittedAt };
        const state = { ...next.state, sendBy: Number(until) } as ImportState;
        return { kind: word, entry: { ...entry, ...next, ...changed, state }, generation: value };
      }
      case 'cooldown':
      case 'rate':
      case 'frozen':
        return { kind: word, waitMs: value };
      default:
        return { kind: word };
    }
  }

  /** Notes that a batch wants the import no more; true when no batch is left that does. */
  async decline(key: ImportKey, batch: string): Promise<boolean> {
    return this.#decline(key, batch, true);
  }

  /** Takes a refusal of this batch back. */
  async want(key: ImportKey, batch: string): Promise<void> {
    await this.#decline(key, batch, false);
  }

  async #decline(key: ImportKey, batch: string, noMore: boolean): Promise<boolean> {
    const answer = await runScript(this.#redis, DECLINE_SCRIPT, {
      keys: [this.keys.import(key)],
      args: [this.keys.prefix, batch, noMore ? '1' : '0'],
    });
    const [batches, declined] = answer as [number, number];
    return declined >= batches;
  }

  /** Overdue imports, put off until then so that nobody else takes them meanwhile. */
  async sweep(now: number, limit: number, until: number): Promise<readonly ImportKey[]> {
    const args = [this.keys.prefix, ...[now, limit, until].map((number) => number.toFixed())];
    return (await runScript(this.#redis, SWEEP_SCRIPT, {
      keys: [this.keys.due],
      args,
    })) as string[];
  }

  /** Puts imports off that wait and are not forgotten; settled ones stay out. */
  async putOff(keys: readonly ImportKey[], until: number): Promise<void> {
    if (keys.length === 0) return;
    const members = keys.flatMap((key) => [Math.round(until), key]);
    await this.#redis.zadd(this.keys.due, 'XX', ...members);
  }

  /** Makes the id of the import's next queue job a new one. */
  async requeued(key: ImportKey): Promise<number> {
    const hash = this.keys.import(key);
    const answers = await this.#redis
      .multi()
      .hincrby(hash, 'queued', 1)
      .hincrby(hash, 'revision', 1)
      .exec();
    return Number(answers?.[0]?.[1] ?? 0);
  }

  /** How many images hold a place. */
  inFlight(): Promise<number> {
    return this.#redis.scard(this.keys.inFlight);
  }
}
