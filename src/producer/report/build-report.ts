import type { BatchMarks, BatchSummary, Counts } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { Status } from '../../shared/state/import-state.ts';
import { STATUSES } from '../../shared/state/machine.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { type ImageRow, imageRow, labelOf } from '../../ui/image-row.ts';
import { settledCount } from '../../ui/states.ts';
import { seriesOf } from './series.ts';

/** Everything a renderer needs; it reads nothing else. */
export type BatchReport = Readonly<ReturnType<typeof buildReport>>;

/** `troubled`: finished, and not all succeeded. `unfinished`: some image has no outcome yet. */
export type Outcome = 'succeeded' | 'troubled' | 'unfinished';

/** Median and 95th percentile (nearest rank) over `count` images, in milliseconds. */
export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
}

/** Failed or unknown images with the same error code. */
export interface FailureGroup {
  readonly state: 'failed' | 'unknown';
  /** Unknown, and waiting for a person. */
  readonly held: boolean;
  readonly code: string;
  /** That of the first image. */
  readonly message: string;
  readonly advice: string;
  readonly count: number;
  readonly names: readonly string[];
  /** The same for people: copies with the cloud that they go to. */
  readonly labels: readonly string[];
}

const MAX_SLOWEST = 10;
const HOUR_MS = 3_600_000;

/** What is known of a batch apart from its images. */
type BatchFacts = Pick<
  BatchSummary,
  'batch' | 'isPaused' | 'createdAt' | 'finishedAt' | 'notify' | 'retention'
>;

/** The report of a batch at this moment. `entries`: all of it. `now`: the fleet's time. */
export async function readReport(
  entries: AsyncIterable<LedgerEntry>,
  facts: BatchFacts,
  now: number,
): Promise<BatchReport> {
  const rows: ImageRow[] = [];
  for await (const entry of entries) rows.push(imageRow(entry, now));
  return buildReport(facts, rows, now);
}

/** Everything is counted from the rows, so that numbers and list agree while workers continue. */
export function buildReport(facts: BatchFacts, images: readonly ImageRow[], now: number) {
  const counts = countsOf(images);
  const outcome = outcomeOf(counts, images.length);
  const beganAt = Math.min(facts.createdAt, now);
  const endedAt = outcome === 'unfinished' ? undefined : endOf(facts, images);
  const to = Math.max(beganAt, endedAt ?? now);
  const finished = images.filter(({ finishedAt }) => finishedAt !== undefined);
  return {
    batch: facts.batch,
    generatedAt: now,
    outcome,
    isPaused: facts.isPaused,
    /** The target of notifications that its manifest names. */
    notify: facts.notify,
    /** What `prune` keeps by its manifest. */
    retention: facts.retention,
    counts,
    total: images.length,
    /** When the batch was first registered. */
    beganAt,
    /** When the last image got its outcome; absent while one has none. */
    endedAt,
    /** From the beginning to the end, or until now. */
    durationMs: to - beganAt,
    /** Images that succeeded per hour; absent when none did. */
    perHour: rateOf(images, { from: beganAt, to }),
    waiting: spreadOf(images.map(({ waitingMs }) => waitingMs)),
    inIms: spreadOf(finished.map(({ inImsMs }) => inImsMs)),
    /** The images that took IMS longest, at most ten. */
    slowest: slowestOf(images),
    failures: failureGroups(facts.batch, images),
    marks: marksOf(images),
    series: seriesOf(images, { from: beganAt, to }),
    /** In the order of the manifest. */
    images,
  };
}

function countsOf(images: readonly ImageRow[]): Counts {
  const counts = { held: 0 } as Record<Status | 'held', number>;
  for (const status of STATUSES) counts[status] = 0;
  for (const { state, held } of images) {
    counts[state] += 1;
    if (held) counts.held += 1;
  }
  return counts;
}

function marksOf(images: readonly ImageRow[]): BatchMarks {
  const sharing = { open: 0, done: 0, failed: 0 };
  for (const image of images) {
    if (image.sharing)
      sharing[image.sharing.state === 'none' ? 'failed' : image.sharing.state] += 1;
  }
  return { sharing, differing: images.filter(({ differences }) => differences.length > 0).length };
}

function outcomeOf(counts: Counts, total: number): Outcome {
  if (settledCount(counts) < total) return 'unfinished';
  return counts.succeeded === total ? 'succeeded' : 'troubled';
}

/** The end of the batch may be recorded a moment after that of its last image. */
function endOf({ createdAt, finishedAt: end }: BatchFacts, images: readonly ImageRow[]): number {
  if (end !== undefined) return end;
  return images.reduce((last, { finishedAt = 0 }) => Math.max(last, finishedAt), createdAt);
}

/** Images that succeeded before this batch began were imported by another one. */
function rateOf(
  images: readonly ImageRow[],
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  const done = images.filter(
    ({ state, finishedAt = 0 }) => state === 'succeeded' && finishedAt >= from,
  ).length;
  return done === 0 || to <= from ? undefined : (done * HOUR_MS) / (to - from);
}

function spreadOf(values: readonly (number | undefined)[]): Spread | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  if (sorted.length === 0) return undefined;
  return { count: sorted.length, median: rank(0.5), p95: rank(0.95) };
}

function slowestOf(images: readonly ImageRow[]): readonly ImageRow[] {
  return images
    .filter(({ inImsMs }) => inImsMs !== undefined)
    .sort((a, b) => (b.inImsMs ?? 0) - (a.inImsMs ?? 0))
    .slice(0, MAX_SLOWEST);
}

type Gathered = Omit<FailureGroup, 'advice' | 'count' | 'names' | 'labels'> & {
  advice: string | undefined;
  readonly names: string[];
  readonly labels: string[];
};

/** Failed, held and other unknown images by code, the largest group first. */
function failureGroups(batch: string, rows: readonly ImageRow[]): readonly FailureGroup[] {
  const groups = new Map<string, Gathered>();
  for (const row of rows) {
    const { state, held, name, error } = row;
    if ((state !== 'failed' && state !== 'unknown') || !error) continue;
    const { code, message, advice } = error;
    const id = `${state} ${held} ${code}`;
    const group = groups.get(id) ?? { state, held, code, message, advice, names: [], labels: [] };
    groups.set(id, group);
    group.names.push(name);
    group.labels.push(labelOf(row));
    group.advice ??= advice;
  }
  return [...groups.values()]
    .map(({ advice, ...group }) => ({
      ...group,
      // The advice of an error no longer helps once the image is held: a person has to decide.
      advice: group.held || advice === undefined ? adviceFor(group.state, batch) : advice,
      count: group.names.length,
    }))
    .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

function adviceFor(state: 'failed' | 'unknown', batch: string): string {
  return state === 'failed'
    ? `Fix the cause, then run: ims-ferry retry ${shellQuoted(batch)}`
    : `Check what IMS has, and decide: ims-ferry resolve ${shellQuoted(batch)}`;
}
