import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Reason, Status } from '../shared/state/import-state.ts';
import { isSettled } from '../shared/state/machine.ts';

/** One image as reports and pages show it. Times are milliseconds since 1970, of the newest attempt. */
export interface ImageRow {
  readonly key: string;
  readonly name: string;
  readonly kind: 'system' | 'data';
  readonly quick: boolean;
  readonly state: Status;
  /** Unknown, and waiting for a person. */
  readonly held: boolean;
  /** In IMS for longer than a day. */
  readonly overdue: boolean;
  readonly attempt: number;
  readonly polls: number;
  readonly registeredAt: number;
  readonly submittedAt: number | undefined;
  readonly acceptedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** From registered to submitted, in milliseconds. */
  readonly waitingMs: number | undefined;
  /** From accepted to finished; until now while the image is being created. */
  readonly inImsMs: number | undefined;
  readonly jobId: string | undefined;
  readonly imageId: string | undefined;
  /** Of the creation in IMS, 0 to 1. */
  readonly progress: number | undefined;
  readonly error: Reason | undefined;
}

/** The clocks of two workers may differ by this much. */
const MAX_SKEW_MS = 1000;

/** What is known of one import at this moment. */
export function imageRow(entry: LedgerEntry, now: number): ImageRow {
  const { state, request } = entry;
  return {
    key: entry.key,
    name: request.name,
    kind: request.kind,
    quick: request.quick_import,
    state: state.status,
    held: state.status === 'unknown' && state.held,
    overdue: state.status === 'creating' && state.overdue === true,
    attempt: entry.attempt,
    polls: entry.polls,
    registeredAt: entry.registeredAt,
    ...timesOf(entry, now),
    jobId: 'jobId' in state ? state.jobId : undefined,
    imageId: 'imageId' in state ? state.imageId : undefined,
    progress: 'progress' in state ? state.progress : undefined,
    error: reasonOf(entry),
  };
}

/** Why an image failed, is unknown, or is pending again. */
export function reasonOf({ state }: Pick<LedgerEntry, 'state'>): Reason | undefined {
  if ('reason' in state) return state.reason;
  return 'lastReason' in state ? state.lastReason : undefined;
}

type Times = Pick<ImageRow, 'submittedAt' | 'acceptedAt' | 'finishedAt' | 'waitingMs' | 'inImsMs'>;

/** The ledger keeps the times of an older attempt until the newer one has its own. */
function timesOf(entry: LedgerEntry, now: number): Times {
  const { state, registeredAt } = entry;
  const finishedAt = isSettled(state) ? entry.finishedAt : undefined;
  const submittedAt = hasSubmit(entry) ? entry.submittedAt : undefined;
  const acceptedAt = submittedAt === undefined ? undefined : acceptedOf(entry, submittedAt);
  const end = finishedAt ?? (state.status === 'creating' ? now : undefined);
  const isTimed = acceptedAt !== undefined && end !== undefined;
  return {
    submittedAt,
    acceptedAt,
    finishedAt,
    waitingMs: submittedAt === undefined ? undefined : Math.max(0, submittedAt - registeredAt),
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
