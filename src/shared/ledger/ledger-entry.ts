import type { ImageRequest } from '../image/image-request.ts';
import type { ImportKey } from '../image/import-key.ts';
import type { ImportEvent, ImportState, Progress } from '../state/import-state.ts';
import { isSettled } from '../state/machine.ts';

/** One import as the ledger keeps it. */
export interface LedgerEntry extends Progress {
  readonly key: ImportKey;
  readonly request: ImageRequest;
  readonly batches: readonly string[];
  /** Batches that were cancelled: they want it no more. */
  readonly declined: readonly string[];
  readonly priority?: number;
  /** Counts changes: the compare of compare-and-set. */
  readonly revision: number;
  readonly registeredAt: number;
  readonly submittedAt?: number;
  /** When IMS answered with a job id; absent for an image that was found, and in old entries. */
  readonly acceptedAt?: number;
  /** When it got its outcome, or was held; by the wall clock. */
  readonly finishedAt?: number;
  readonly polls: number;
}

/** True when every batch of it was cancelled. */
export function isDeclined({ batches, declined }: LedgerEntry): boolean {
  return batches.every((batch) => declined.includes(batch));
}

/** The fields of the Redis hash that this version reads and writes. */
export type EntryHash = Readonly<Record<string, string>>;

/** Reads a hash of Redis; `undefined` when there is no such import. */
export function entryFromHash(key: ImportKey, hash: EntryHash): LedgerEntry | undefined {
  const { request, state: status } = hash;
  if (request === undefined || status === undefined) return undefined;
  const state = stateFromHash(status, hash);
  return {
    key,
    request: JSON.parse(request) as ImageRequest,
    batches: JSON.parse(hash['batches'] ?? '[]') as string[],
    declined: JSON.parse(hash['declined'] ?? '[]') as string[],
    ...optional('priority', hash['priority']),
    revision: Number(hash['revision'] ?? 0),
    epoch: Number(hash['epoch'] ?? 0),
    attempt: Number(hash['attempt'] ?? 1),
    queued: Number(hash['queued'] ?? 0),
    lateJobIds: JSON.parse(hash['strays'] ?? '[]') as string[],
    lateImageIds: JSON.parse(hash['stray_images'] ?? '[]') as string[],
    seenImageIds: seenImages(hash, state),
    registeredAt: Number(hash['registered_at'] ?? 0),
    ...optional('submittedAt', hash['submitted_at']),
    ...optional('acceptedAt', hash['accepted_at']),
    ...optional('finishedAt', hash['finished_at']),
    polls: Number(hash['polls'] ?? 0),
    state,
  };
}

function stateFromHash(status: string, hash: EntryHash): ImportState {
  const written = { ...(JSON.parse(hash['detail'] ?? '{}') as object), status };
  // Schema 1 named one image.
  const { replaces } = written as { replaces?: unknown };
  const state = (
    typeof replaces === 'string' ? { ...written, replaces: [replaces] } : written
  ) as ImportState;
  const counts = state.status === 'submitting' || state.status === 'unknown';
  if (!counts) return state;
  // The script that wrote it knew the fleet's time better.
  return { ...state, sendBy: Math.max(state.sendBy, Number(hash['send_by'] ?? 0) || 0) };
}

/** Written only where the state does not tell it: a field costs 60 bytes of every image. */
function seenImages(hash: EntryHash, state: ImportState): readonly string[] {
  const written = hash['seen_images'];
  if (written) return JSON.parse(written) as string[];
  return toldByState(state, JSON.parse(hash['stray_images'] ?? '[]') as string[]);
}

function toldByState(state: ImportState, strays: readonly string[]): readonly string[] {
  return [...new Set([...ownImages(state), ...strays])];
}

function isWritten({ state, lateImageIds, seenImageIds }: Progress): boolean {
  return toldByState(state, lateImageIds).join() !== seenImageIds.join();
}

function seenField(before: Progress, next: Progress): string[] {
  if (isWritten(next)) return ['seen_images', JSON.stringify(next.seenImageIds)];
  return isWritten(before) ? ['seen_images', ''] : [];
}

function ownImages(state: ImportState): readonly string[] {
  switch (state.status) {
    case 'creating':
    case 'succeeded':
      return state.imageId === undefined ? [] : [state.imageId];
    case 'unknown':
      return state.imageIds ?? [];
    case 'pending':
    case 'submitting':
    case 'failed':
    case 'cancelled':
      return [];
  }
}

function optional<K extends string>(name: K, value: string | undefined): { [P in K]?: number } {
  const found: { [P in K]?: number } = {};
  if (value !== undefined) found[name] = Number(value);
  return found;
}

/** What a change writes beside `state` and `revision`, as alternating names and values. */
export function progressFields(before: Progress, next: Progress): readonly string[] {
  const { status: _, ...detail } = next.state;
  return [
    'epoch',
    String(next.epoch),
    'attempt',
    String(next.attempt),
    'queued',
    String(next.queued),
    ...listField('strays', before.lateJobIds, next.lateJobIds),
    ...listField('stray_images', before.lateImageIds, next.lateImageIds),
    ...seenField(before, next),
    'detail',
    JSON.stringify(detail),
  ];
}

/** Most imports have none for long, and an absent field reads as none. */
function listField(name: string, before: readonly string[], next: readonly string[]): string[] {
  return before.length === 0 && next.length === 0 ? [] : [name, JSON.stringify(next)];
}

/** The times that a change writes, as alternating names and values. */
export function timeFields(
  before: Progress,
  next: Progress,
  { now, event }: { readonly now: number; readonly event: ImportEvent },
): readonly string[] {
  // An answer that is kept as a stray, or comes after the image was found, begins nothing.
  const begins = next.state.status === 'creating' && before.state.status !== 'creating';
  const accepted =
    event.type === 'accepted' && begins
      ? ['accepted_at', String(event.acceptedAt ?? event.at)]
      : [];
  const stays = isSettled(before.state) && before.state.status === next.state.status;
  const isOver = isSettled(next.state) && !stays;
  return isOver ? [...accepted, 'finished_at', String(now)] : accepted;
}

/** What a poll may conclude: each counts as one. */
const POLL_ENDS: ReadonlySet<ImportEvent['type']> = new Set([
  'polled',
  'succeeded',
  'failed',
  'lost',
]);

export function endsAPoll({ type }: ImportEvent): boolean {
  return POLL_ENDS.has(type);
}

/** The request in one spelling, whatever order its fields came in. */
export function canonicalRequest(request: ImageRequest): string {
  return JSON.stringify(sorted(request));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}
