import { copyCloud, type ImageRequest } from '../shared/image/image-request.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Difference, Reason } from '../shared/state/import-state.ts';
import { isSettled } from '../shared/state/machine.ts';
import { sharingRow } from './sharing-words.ts';

/** The clocks of two workers may differ by this much. */
const MAX_SKEW_MS = 1000;
/** The last time that JavaScript has. */
const LATEST_MS = 8.64e15;

/** One image as reports and pages show it. */
export type ImageRow = Readonly<ReturnType<typeof imageRow>>;

/** What is known of one import. Times are milliseconds since 1970, of the newest attempt. */
export function imageRow(entry: LedgerEntry, now: number) {
  const { state, request } = entry;
  return {
    key: entry.key,
    name: request.name,
    kind: request.kind,
    quick: request.quick_import,
    /** `bucket:key` */
    imageUrl: request.image_url,
    osVersion: request.os_version,
    ...copied(entry),
    state: state.status,
    /** Unknown, and waiting for a person. */
    held: state.status === 'unknown' && state.held,
    /** In IMS for longer than a day. */
    overdue: 'overdue' in state && state.overdue === true,
    attempt: entry.attempt,
    polls: entry.polls,
    registeredAt: sound(entry.registeredAt) ?? 0,
    ...timesOf(entry, now),
    jobId: 'jobId' in state ? state.jobId : undefined,
    imageId: 'imageId' in state ? state.imageId : undefined,
    /** Of the creation in IMS, 0 to 1. */
    progress: 'progress' in state ? state.progress : undefined,
    error: reasonOf(entry),
    /** Absent: it is shared with nobody, or not there yet. */
    sharing: sharingRow(entry),
    /** Fields in which the image is not what was requested. */
    differences: differencesOf(state),
    /** What its source file is, where that was read. */
    file: entry.file,
    /** When `prune` deleted its image. */
    prunedAt: sound(entry.prunedAt),
  };
}

function differencesOf(state: LedgerEntry['state']): readonly Difference[] {
  return (state.status === 'succeeded' ? state.differences : undefined) ?? [];
}

/** Of a copy: the key of its source, and the cloud that it goes to unless that is the same one. */
function copied({ request }: LedgerEntry) {
  const isCopy = request.kind === 'copy';
  return {
    copyOf: isCopy ? request.source : undefined,
    copyTo: copyCloud(request),
    isEncrypted: isCopy && request.cmk_id !== undefined,
  };
}

interface Labelled {
  readonly name: string;
  readonly copyTo?: string | undefined;
}

/** Its name, with the cloud that a copy goes to: it may have the name of its source. */
export function labelOf({ name, copyTo }: Labelled): string {
  return copyTo === undefined ? name : `${name} → ${copyTo}`;
}

/** The same of a request. */
export function requestLabel(request: ImageRequest): string {
  return labelOf({ name: request.name, copyTo: copyCloud(request) });
}

/** `system, quick`, `copy to eu-nl`, `copy, encrypted` */
export function kindText({ kind, quick, copyTo, isEncrypted }: KindFields): string {
  if (copyTo !== undefined) return `${kind} to ${copyTo}`;
  return `${kind}${quick ? ', quick' : ''}${isEncrypted ? ', encrypted' : ''}`;
}

type KindFields = Pick<ImageRow, 'kind' | 'quick' | 'copyTo' | 'isEncrypted'>;

/** A field of a request for people: lists and tags without the signs of JSON. */
export function requestText(value: unknown): string {
  if (typeof value === 'string') return value;
  const parts = Array.isArray(value) ? value.map(partText) : [undefined];
  return parts.includes(undefined) ? JSON.stringify(value) : parts.join(', ');
}

/** `undefined` where it is neither a text nor a tag. */
function partText(part: unknown): string | undefined {
  if (typeof part === 'string') return part;
  const isTag = typeof part === 'object' && part !== null && 'key' in part && 'value' in part;
  return isTag ? `${part.key}: ${part.value}` : undefined;
}

/** Why an image failed, is unknown, or is pending again. */
export function reasonOf({ state }: Pick<LedgerEntry, 'state'>): Reason | undefined {
  if ('reason' in state) return state.reason;
  return 'lastReason' in state ? state.lastReason : undefined;
}

/** `undefined` for a time that was overwritten by hand with something that is none. */
function sound(ms: number | undefined): number | undefined {
  return ms !== undefined && Math.abs(ms) <= LATEST_MS ? ms : undefined;
}

/** The ledger keeps the times of an older attempt until the newer one has its own. */
function timesOf(entry: LedgerEntry, now: number) {
  const { state } = entry;
  const registeredAt = sound(entry.registeredAt) ?? 0;
  const finishedAt = isSettled(state) ? sound(entry.finishedAt) : undefined;
  const submittedAt = hasSubmit(entry) ? sound(entry.submittedAt) : undefined;
  const acceptedAt = submittedAt === undefined ? undefined : sound(acceptedOf(entry, submittedAt));
  const end = finishedAt ?? (state.status === 'creating' ? now : undefined);
  const isTimed = acceptedAt !== undefined && end !== undefined;
  return {
    submittedAt,
    acceptedAt,
    finishedAt,
    /** From registered to submitted. */
    waitingMs: submittedAt === undefined ? undefined : Math.max(0, submittedAt - registeredAt),
    /** From accepted to finished; until now while IMS is creating the image. */
    inImsMs: isTimed ? Math.max(0, end - acceptedAt) : undefined,
  };
}

function hasSubmit({ state, submittedAt, registeredAt }: LedgerEntry): boolean {
  if (state.status === 'pending' || state.status === 'cancelled') return false;
  return submittedAt !== undefined && submittedAt >= registeredAt - MAX_SKEW_MS;
}

/** Entries of an older version have no `acceptedAt`; a job id shows that IMS answered the create. */
function acceptedOf({ acceptedAt, state }: LedgerEntry, submittedAt: number): number | undefined {
  if (acceptedAt !== undefined) return acceptedAt >= submittedAt ? acceptedAt : undefined;
  if (state.status !== 'succeeded' && state.status !== 'failed') return undefined;
  const adopted = state.status === 'succeeded' && state.adopted === true;
  return state.jobId === undefined || adopted ? undefined : submittedAt;
}
