import { UsageError } from '../errors/errors.ts';
import type { ManifestImage } from '../image/image-request.ts';
import type { ImportKey } from '../image/import-key.ts';
import { parseRetention, type RetentionRows } from '../image/retention.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { Status } from '../state/import-state.ts';
import { isStatus, STATUSES, type StateName } from '../state/machine.ts';
import { shellQuoted } from '../text/shell-quoted.ts';
import { type ArchiveMark, BatchArchive, parseMark } from './batch-archive.ts';
import { BatchSamples } from './batch-samples.ts';
import type { ImportStore } from './import-store.ts';
import type { EntryHash, LedgerEntry } from './ledger-entry.ts';
import { type Registering, registerImages } from './register-images.ts';
import { execute, StorePart } from './scripts.ts';

/** Images by state; those that are held are counted as unknown, too. */
export type Counts = Readonly<Record<StateName, number>>;

/** Images of a batch that failed, or are held, with one code. */
export interface FailureCount {
  readonly kind: 'failed' | 'held';
  readonly code: string;
  readonly count: number;
}

/** Succeeded images of a batch that there is more to say of. */
export interface BatchMarks {
  /** Those that other projects shall have, by how far that is. */
  readonly sharing: Readonly<Record<'open' | 'done' | 'failed', number>>;
  /** Those that are not what was requested. */
  readonly differing: number;
}

export interface BatchSummary {
  readonly batch: string;
  readonly counts: Counts;
  /** Without those that are missing. */
  readonly total: number;
  /** Images that the batch had and the ledger has lost, as far as it was noticed. */
  readonly missing: number;
  readonly createdAt: number;
  readonly finishedAt?: number;
  readonly isPaused: boolean;
  /** It is on its way from the ledger into a file. */
  readonly archiving?: ArchiveMark;
  /** Whom to notify of it, by name. */
  readonly notify?: string;
  /** The rules of its manifest. They are for people: `prune` has its own from the command line. */
  readonly retention?: RetentionRows;
  /** The most frequent first. Images that failed before this was counted are not in it. */
  readonly troubles: readonly FailureCount[];
  /** Absent: none of its images has any. */
  readonly marks?: BatchMarks;
}

const PAGE = 500;

/** Batches: gathers imports under a name and counts their states. */
export class BatchStore extends StorePart {
  readonly archive = new BatchArchive(this.redis, this.keys);
  readonly samples = new BatchSamples(this.redis, this.keys);

  /** Registers a page of images; doing it again changes nothing that is under way. */
  register(
    batch: string,
    images: readonly ManifestImage[],
    at: Pick<Registering, 'now' | 'due' | 'manifest'>,
  ) {
    return registerImages({ redis: this.redis, keys: this.keys, batch, ...at }, images);
  }

  /** The place in the queue that the next queue jobs of an import get. */
  async setPriority(key: ImportKey, priority: number | undefined): Promise<void> {
    const hash = this.keys.import(key);
    await (priority === undefined
      ? this.redis.hdel(hash, 'priority')
      : this.redis.hset(hash, 'priority', String(priority)));
  }

  /** A paused batch submits nothing more. False when there is no such batch. */
  async setPaused(batch: string, paused: boolean): Promise<boolean> {
    const hash = this.keys.batch(batch);
    if ((await this.redis.exists(hash)) === 0) return false;
    await (paused ? this.redis.hset(hash, 'paused', '1') : this.redis.hdel(hash, 'paused'));
    await this.redis.publish(this.keys.wake, paused ? 'paused' : 'resumed');
    return true;
  }

  /** The image list is scanned before the next create. */
  async requireScan(): Promise<void> {
    await this.redis.hdel(this.keys.meta, 'scanned_at');
  }

  async names(): Promise<readonly string[]> {
    return this.redis.zrange(this.keys.batches, '0', '-1');
  }

  /** Batches that were registered before that time, the oldest first. */
  async createdBefore(time: number): Promise<readonly string[]> {
    return this.redis.zrange(this.keys.batches, '-inf', String(time), 'BYSCORE');
  }

  /** All batches, in the order in which they were registered. */
  async summaries(): Promise<readonly BatchSummary[]> {
    const names = await this.names();
    const summaries = await Promise.all(names.map((name) => this.summary(name)));
    return summaries.filter((summary) => summary !== undefined);
  }

  async summary(batch: string): Promise<BatchSummary | undefined> {
    return batchFromHash(batch, await this.redis.hgetall(this.keys.batch(batch)));
  }

  /** Import keys of a batch in the manifest's order. */
  async members(batch: string, from: number, count: number): Promise<readonly ImportKey[]> {
    return this.redis.zrange(this.keys.members(batch), String(from), String(from + count - 1));
  }

  /** The same with the state of each, `null` for a missing or damaged one: to find a few among very many. */
  async states(batch: string, from: number, count: number) {
    const keys = await this.members(batch, from, count);
    const pipeline = this.redis.pipeline();
    for (const key of keys) pipeline.hget(this.keys.import(key), 'state');
    // The workers move one of another type aside; then it is missing.
    return (await execute(pipeline, 'WRONGTYPE')).map((status, at) => ({
      key: keys[at] ?? '',
      status: typeof status === 'string' && isStatus(status) ? status : null,
    }));
  }

  /** How many images of a batch the ledger has lost, counted now. */
  async countMissing(batch: string): Promise<number> {
    let missing = 0;
    for (let from = 0; ; from += PAGE) {
      const states = await this.states(batch, from, PAGE);
      missing += states.filter(({ status }) => status === null).length;
      if (states.length < PAGE) return missing;
    }
  }

  /** Imports that hold a place, of all batches. */
  async inFlight(): Promise<readonly ImportKey[]> {
    return this.redis.smembers(this.keys.inFlight);
  }
}

/** Reads a hash of Redis; `undefined` when it is no batch. */
export function batchFromHash(batch: string, hash: EntryHash): BatchSummary | undefined {
  const { created_at: createdAt, finished_at: finishedAt, archiving: mark, notify } = hash;
  if (createdAt === undefined) return undefined;
  const counts = countsOf(hash);
  return omitUndefined({
    batch,
    counts,
    total: STATUSES.reduce((sum, status) => sum + counts[status], 0),
    missing: countOf(hash['missing']),
    createdAt: Number(createdAt) || 0,
    finishedAt: finishedAt === undefined ? undefined : Number(finishedAt),
    isPaused: hash['paused'] === '1',
    archiving: mark === undefined ? undefined : parseMark(mark),
    notify,
    retention: parseRetention(hash['retention']),
    troubles: failuresOf(hash),
    marks: marksOf(hash),
  });
}

function countsOf(hash: EntryHash): Counts {
  const count = (status: Status): number => countOf(hash[`n:${status}`]);
  return {
    pending: count('pending'),
    submitting: count('submitting'),
    creating: count('creating'),
    unknown: count('unknown'),
    held: countOf(hash['held']),
    succeeded: count('succeeded'),
    failed: count('failed'),
    cancelled: count('cancelled'),
  };
}

/** The workers repair what people have overwritten; until then it counts as nothing. */
function countOf(text: string | undefined): number {
  const count = Number(text ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

function marksOf(hash: EntryHash): BatchMarks | undefined {
  const of = (mark: string): number => countOf(hash[`x:${mark}`]);
  const [open, done, failed] = [of('sharing:open'), of('sharing:done'), of('sharing:failed')];
  const differing = of('differs');
  if (open + done + failed + differing === 0) return undefined;
  return { sharing: { open, done, failed }, differing };
}

function failuresOf(hash: EntryHash): readonly FailureCount[] {
  return Object.entries(hash)
    .flatMap(([field, text]) => {
      const [, held, code] = /^f:(?:failed|(held)):(.+)$/s.exec(field) ?? [];
      const failure = { kind: held ? 'held' : 'failed', count: countOf(text) } as const;
      return code === undefined || failure.count === 0 ? [] : [{ ...failure, code }];
    })
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

export interface BatchDeps {
  readonly batches: BatchStore;
  readonly ledger: ImportStore;
}

/** Every image of a batch in the manifest's order, page by page. */
export async function* batchEntries(deps: BatchDeps, batch: string): AsyncGenerator<LedgerEntry> {
  for (let from = 0; ; from += PAGE) {
    const keys = await deps.batches.members(batch, from, PAGE);
    yield* await deps.ledger.readMany(keys);
    if (keys.length < PAGE) return;
  }
}

/** @throws UsageError while the images of the batch leave the ledger: some are only in the file */
export async function refuseHalfArchived(
  { batches }: Pick<BatchDeps, 'batches'>,
  batch: string,
): Promise<void> {
  const { archiving } = (await batches.summary(batch)) ?? {};
  if (archiving?.phase !== 'removing') return;
  throw new UsageError(
    `Batch "${batch}" is being archived to ${archiving.file}, and some of its images are only in that file.`,
    `Finish archiving (ims-ferry archive ${shellQuoted(batch)}), then submit the manifest again: images that exist in IMS are adopted, failed ones are retried.`,
  );
}

const MAX_LISTED = 30;

/** @throws UsageError that says where an archived batch is, or which batches there are */
export async function requireBatch(
  { batches }: Pick<BatchDeps, 'batches'>,
  batch: string,
): Promise<BatchSummary> {
  const summary = await batches.summary(batch);
  if (summary) return summary;
  const archived = await batches.archive.fileOf(batch);
  if (archived) {
    const { file, host } = archived;
    const at = new Date(archived.at).toISOString().slice(0, 16).replace('T', ' ');
    throw new UsageError(
      `Batch "${batch}" was archived at ${at} UTC; it is in ${file} on ${host}.`,
      `To see it, run there: ims-ferry report --from ${shellQuoted(file)}\nTo import its failed images again, submit its manifest: images that exist in IMS are adopted.`,
    );
  }
  const known = await batches.names();
  const more = known.length > MAX_LISTED ? `, and ${known.length - MAX_LISTED} more` : '';
  const some = `${known.slice(-MAX_LISTED).join(', ')}${more}`;
  const list = known.length === 0 ? 'There is none yet.' : `There are: ${some}.`;
  throw new UsageError(`There is no batch "${batch}".`, list);
}
