import { compileGlob } from '../shared/image/glob.ts';
import type { RetentionRows } from '../shared/image/retention.ts';
import {
  type BatchMarks,
  type BatchSummary,
  batchEntries,
  type Counts,
} from '../shared/ledger/batch-store.ts';
import { NOT_ON_DISK } from '../shared/ledger/guard-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Obstacle } from '../shared/outlook/outlook.ts';
import { obstacleText } from '../shared/outlook/words.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import type { Difference } from '../shared/state/import-state.ts';
import { isSettled } from '../shared/state/machine.ts';
import { isoTime, utcTime } from '../ui/format.ts';
import { reasonOf } from '../ui/image-row.ts';
import { NO_MARKS, type SharingRow, sharingRow } from '../ui/sharing-words.ts';
import { DISPLAY_STATES } from '../ui/states.ts';
import { readHolds } from './live/obstacles.ts';
import { readOutlook } from './live/read-outlook.ts';
import { foreignAnswers } from './live/throttling.ts';
import { type ObstacleStatus, outlookFields, projectFields } from './outlook-json.ts';
import type { StatusDeps } from './status-deps.ts';

/** One image as `status --json` prints it: a stable format. */
export interface ImageStatus {
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly held: boolean;
  readonly attempt: number;
  readonly job_id: string | null;
  readonly image_id: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly submitted_at: string | null;
  readonly finished_at: string | null;
  readonly polls: number;
  /** How far it is shared with other projects; `null`: with nobody, or it is not there yet. */
  readonly sharing: SharingRow | null;
  /** Fields in which the image is not what was requested. */
  readonly differences: readonly Difference[];
  /** When `prune` deleted its image. */
  readonly pruned_at: string | null;
}

export interface StopStatus {
  readonly code: string;
  readonly message: string;
  /** What to do next. */
  readonly advice?: string;
  readonly needs: number | null;
  readonly free: number | null;
}

export interface BatchStatus {
  readonly batch: string;
  readonly counts: Counts;
  readonly stopped: StopStatus | null;
  /** Images that the ledger has lost: submit the manifest again. */
  readonly missing: number;
  /** Images that get their outcome per minute, over the last half hour; `null`: not known yet. */
  readonly rate: number | null;
  /** When the batch is done, and how far off that may be; `null`: not known, or it does not advance. */
  readonly done_at: string | null;
  readonly plus_minus_s: number | null;
  /** Why it is slow, or does not advance; the gravest first. */
  readonly obstacles: readonly ObstacleStatus[];
  /** Images of the whole project in IMS, and how many there may be. */
  readonly in_flight: number;
  readonly limit: number | null;
  readonly images: readonly ImageStatus[];
  /** Images that other projects shall have, by how far that is. */
  readonly sharing: BatchMarks['sharing'];
  /** Images that are not what was requested. */
  readonly differing: number;
  /** Who else is notified of it. */
  readonly notify: string | null;
  /** What `prune` keeps by its manifest. */
  readonly retention: RetentionRows;
}

/** Which images of a batch to list; counts are always those of the whole batch. */
export interface ImageFilter {
  /** Only those that failed, were cancelled or are unknown. */
  readonly failed: boolean;
  /** Image names, with `*` and `?`; absent: all. */
  readonly name?: string;
}

/** The requested images of a batch, page by page in the order of the manifest. */
export async function* filteredEntries(
  deps: StatusDeps,
  batch: string,
  { failed, name }: ImageFilter,
): AsyncGenerator<LedgerEntry> {
  const matches = name === undefined ? () => true : compileGlob(name).matches;
  for await (const entry of batchEntries(deps, batch)) {
    if (failed && !needsAttention(entry.state)) continue;
    if (matches(entry.request.name)) yield entry;
  }
}

/** Failed, cancelled or unknown: listed by `--failed`, and the reason for exit code 1. */
export function needsAttention({ status }: Pick<LedgerEntry['state'], 'status'>): boolean {
  return DISPLAY_STATES[status].needsAttention;
}

/** What to do about missing images, if there are any. */
export function missingText(batch: string, missing: number): string | undefined {
  if (missing === 0) return undefined;
  const images = missing === 1 ? '1 image' : `${missing} images`;
  return `${images} of batch ${batch} ${missing === 1 ? 'is' : 'are'} missing from the ledger; submit the manifest again.`;
}

export async function batchStatus(
  deps: StatusDeps,
  summary: BatchSummary,
  filter: ImageFilter = { failed: false },
): Promise<BatchStatus> {
  const images: ImageStatus[] = [];
  for await (const entry of filteredEntries(deps, summary.batch, filter)) {
    images.push(imageStatus(entry));
  }
  const stopped = await stopStatus(deps, summary.counts);
  const { batch, counts, marks = NO_MARKS, notify = null, retention = [] } = summary;
  const missing = await deps.batches.countMissing(batch);
  const outlook = await readOutlook(deps);
  const ends = outlookFields(outlook.batches.get(batch));
  const project = projectFields(outlook, batch);
  const last = { ...marks, notify, retention };
  return { batch, counts, stopped, missing, ...ends, ...project, images, ...last };
}

/** Why nothing is submitted; for a quota stop, with the number of images that wait. */
export async function stopStatus(deps: StatusDeps, counts: Counts): Promise<StopStatus | null> {
  const stop = await deps.project.stopped();
  if (stop) {
    const { code, message, advice, free } = stop;
    const needs = stop.reason === 'quota' ? counts.pending : null;
    return omitUndefined({ code, message, advice, needs, free: free ?? null });
  }
  const holds = await readHolds(deps);
  const hold = holds.find(({ code }) => code !== NOT_ON_DISK.code) ?? (await foreignAnswers(deps));
  return hold ? { code: hold.code, message: holdText(hold), needs: null, free: null } : null;
}

/** Why no create leaves at the moment, as lines for a command that waits or resumes. */
export async function holdTexts(deps: StatusDeps): Promise<readonly string[]> {
  const holds = (await readHolds(deps)).filter(({ kind }) => kind === 'frozen');
  return holds.map((hold) => `No create: ${hold.code}: ${holdText(hold)}`);
}

function holdText(hold: Obstacle): string {
  const until =
    hold.until === undefined ? '' : ` (until about ${utcTime(hold.until).slice(0, 16)} UTC)`;
  return `${obstacleText(hold)}${until}`;
}

/** What of the image list cannot be read without stopping all creates. */
export async function oddText({
  project,
}: Pick<StatusDeps, 'project'>): Promise<string | undefined> {
  const odd = await project.odd.read();
  return odd?.blocks === undefined ? odd?.text : undefined;
}

export function imageStatus(entry: LedgerEntry): ImageStatus {
  const { state, request } = entry;
  const reason = reasonOf(entry);
  return {
    key: entry.key,
    name: request.name,
    kind: request.kind,
    state: state.status,
    held: state.status === 'unknown' && state.held,
    attempt: entry.attempt,
    job_id: 'jobId' in state ? (state.jobId ?? null) : null,
    image_id: 'imageId' in state ? (state.imageId ?? null) : null,
    error: reason ? { code: reason.code, message: reason.message } : null,
    submitted_at: timeOf(entry.submittedAt),
    finished_at: isSettled(state) ? timeOf(entry.finishedAt) : null,
    polls: entry.polls,
    sharing: sharingRow(entry) ?? null,
    differences: (state.status === 'succeeded' ? state.differences : undefined) ?? [],
    pruned_at: timeOf(entry.prunedAt),
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}
