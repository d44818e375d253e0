import { z } from 'zod';
import { type FileFacts, parseFileFacts } from '../image/file-facts.ts';
import type { ImageRequest } from '../image/image-request.ts';
import type { ImportKey } from '../image/import-key.ts';
import { parseSharing, type Sharing } from '../image/sharing.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { ImportEvent, ImportState, Progress } from '../state/import-state.ts';
import { isSettled, isStatus } from '../state/machine.ts';

/** One import as the ledger keeps it. */
export interface LedgerEntry extends Progress {
  readonly key: ImportKey;
  readonly request: ImageRequest;
  readonly batches: readonly string[];
  /** Batches that were cancelled: they no longer want it. */
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
  /** When `prune` deleted its image; by the wall clock. */
  readonly prunedAt?: number;
  /** What was known of its file when it was registered, or last submitted. */
  readonly file?: FileFacts;
  /** Absent: there is nobody to share it with, its image is not there yet, or an older version imported it. */
  readonly sharing?: Sharing;
  /** Imports that copy its image. */
  readonly copies?: readonly ImportKey[];
  /** Of a copy: the image that its last create named. */
  readonly copiedFrom?: string;
  /** Of a copy to another region: the project that its last create named. */
  readonly copiedTo?: string;
}

/** True when every batch of it was cancelled. */
export function isDeclined({ batches, declined }: LedgerEntry): boolean {
  return batches.every((batch) => declined.includes(batch));
}

/** The fields of the Redis hash that this version reads and writes. */
export type EntryHash = Readonly<Record<string, string>>;

const hashSchema = z.record(z.string(), z.string());

/** An answer of Redis that has to be a hash. */
export function asHash(answer: unknown): EntryHash {
  return hashSchema.parse(answer);
}

/** Reads a hash of Redis; `undefined` when it is no import. */
export function entryFromHash(key: ImportKey, hash: EntryHash): LedgerEntry | undefined {
  const state = stateFromHash(hash);
  const request: unknown = JSON.parse(hash['request'] ?? 'null');
  if (!isRequest(request) || state === undefined) return undefined;
  const lateImageIds = listOf(hash['stray_images']);
  return omitUndefined({
    key,
    request,
    batches: listOf(hash['batches']),
    declined: listOf(hash['declined']),
    priority: numberOf(hash['priority']),
    revision: Number(hash['revision'] ?? 0),
    epoch: Number(hash['epoch'] ?? 0),
    attempt: Number(hash['attempt'] ?? 1),
    queued: Number(hash['queued'] ?? 0),
    lateJobIds: listOf(hash['strays']),
    lateImageIds,
    seenImageIds: hash['seen_images']
      ? listOf(hash['seen_images'])
      : imagesInState(state, lateImageIds),
    registeredAt: Number(hash['registered_at'] ?? 0),
    submittedAt: numberOf(hash['submitted_at']),
    acceptedAt: numberOf(hash['accepted_at']),
    finishedAt: numberOf(hash['finished_at']),
    polls: Number(hash['polls'] ?? 0),
    prunedAt: numberOf(hash['pruned_at']),
    file: parseFileFacts(hash['file']),
    sharing: parseSharing(hash['sharing']),
    copies: hash['copies']?.split(' '),
    copiedFrom: hash['copied_from'],
    copiedTo: hash['copied_to'],
    state,
  });
}

const listSchema = z.array(z.string());

/** Lua writes an empty list as an empty object. */
function listOf(text: string | undefined): readonly string[] {
  const value: unknown = JSON.parse(text ?? '[]');
  return listSchema.safeParse(value).data ?? [];
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

/** Whatever older versions have stored. */
export function isRequest(value: unknown): value is ImageRequest {
  return typeof value === 'object' && value !== null && 'name' in value;
}

function isState(value: object): value is ImportState {
  return 'status' in value && typeof value.status === 'string' && isStatus(value.status);
}

function stateFromHash(hash: EntryHash): ImportState | undefined {
  const detail: unknown = JSON.parse(hash['detail'] ?? '{}');
  if (typeof detail !== 'object') return undefined;
  const state: Record<string, unknown> = { ...detail, status: hash['state'] };
  // Schema 1 named one image.
  const { replaces } = state;
  const written = typeof replaces === 'string' ? { ...state, replaces: [replaces] } : state;
  if (!isState(written)) return undefined;
  if (written.status !== 'submitting' && written.status !== 'unknown') return written;
  // The script that wrote it knew the fleet's time better.
  return { ...written, sendBy: Math.max(written.sendBy, Number(hash['send_by'] ?? 0) || 0) };
}

/** What a change writes beside `state` and `revision`, as alternating names and values. */
export function progressFields(before: Progress, next: Progress): readonly string[] {
  const { status: _, ...detail } = next.state;
  return [
    ...['epoch', String(next.epoch), 'attempt', String(next.attempt)],
    ...['queued', String(next.queued), 'detail', JSON.stringify(detail)],
    ...listField('strays', before.lateJobIds, next.lateJobIds),
    ...listField('stray_images', before.lateImageIds, next.lateImageIds),
    ...seenField(before, next),
  ];
}

/** Most imports never have any, and an absent field reads as none. */
function listField(name: string, before: readonly string[], next: readonly string[]): string[] {
  return before.length === 0 && next.length === 0 ? [] : [name, JSON.stringify(next)];
}

/** Written only where it is more than the state says: a field costs 60 bytes of every image. */
function seenField(before: Progress, next: Progress): string[] {
  if (isWritten(next)) return ['seen_images', JSON.stringify(next.seenImageIds)];
  return isWritten(before) ? ['seen_images', ''] : [];
}

function isWritten({ state, lateImageIds, seenImageIds }: Progress): boolean {
  return imagesInState(state, lateImageIds).join() !== seenImageIds.join();
}

function imagesInState(state: ImportState, lateImageIds: readonly string[]): readonly string[] {
  return [...new Set([...ownImages(state), ...lateImageIds])];
}

function ownImages(state: ImportState): readonly string[] {
  if (state.status === 'unknown') return state.imageIds ?? [];
  if (state.status !== 'creating' && state.status !== 'succeeded') return [];
  return state.imageId === undefined ? [] : [state.imageId];
}

/** The times that a change writes, as alternating names and values. */
export function timeFields(
  before: Progress,
  next: Progress,
  { now, event }: { readonly now: number; readonly event: ImportEvent },
): readonly string[] {
  // An answer that comes late, or after the image was found, begins nothing.
  const begins = next.state.status === 'creating' && before.state.status !== 'creating';
  if (event.type === 'accepted' && begins) {
    return ['accepted_at', String(event.acceptedAt ?? event.at)];
  }
  const stays = isSettled(before.state) && before.state.status === next.state.status;
  return isSettled(next.state) && !stays ? ['finished_at', String(now)] : [];
}

/** What a poll may conclude: each counts as one. */
export function endsAPoll({ type }: ImportEvent): boolean {
  return ['polled', 'succeeded', 'failed', 'lost'].includes(type);
}

/** The request in one spelling, whatever order its fields came in. */
export function canonicalRequest(request: ImageRequest): string {
  return canonical(request) ?? '';
}

/** `undefined` of what is absent. */
function canonical(whole: unknown): string | undefined {
  return JSON.stringify(whole, (_, value: unknown) =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

/** Names of the fields in which two requests differ. */
export function differences(old: object, now: object): readonly string[] {
  const before = new Map<string, unknown>(Object.entries(old));
  const after = new Map<string, unknown>(Object.entries(now));
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => canonical(before.get(name)) !== canonical(after.get(name)),
  );
}

/** One thing that happened to an import. */
export interface StoryLine {
  /** Milliseconds since 1970, by Redis' clock. */
  readonly at: number;
  readonly text: string;
}

/**
 * Reads the story of an import, the oldest line first: `TIME TEXT`, and after the first line
 * `+MILLISECONDS TEXT`, counted from the first one's time. Lines that make no sense are left out.
 */
export function readStory(text: string): readonly StoryLine[] {
  const begun = Number(/^(\d{1,15}) /.exec(text)?.[1] ?? 0);
  return text.split('\n').flatMap((line) => {
    const [, later, at, what] = /^(\+?)(\d{1,15}) (.+)$/.exec(line) ?? [];
    if (what === undefined) return [];
    return [{ at: later === '+' ? begun + Number(at) : Number(at), text: what }];
  });
}
