import type { LedgerEntry } from '../../../shared/ledger/ledger-entry.ts';
import type { ImportState, Reason } from '../../../shared/state/import-state.ts';
import { isSettled } from '../../../shared/state/machine.ts';
import type { ImageRow } from './batch-report.ts';

/** Two clocks of a fleet may differ by so much. */
const SKEW_MS = 1000;

interface Times {
  readonly submittedAt?: number;
  readonly acceptedAt?: number;
  readonly finishedAt?: number;
  readonly waitingMs?: number;
  readonly inImsMs?: number;
}

/** What a report says about one import at this moment. */
export function imageRow(entry: LedgerEntry, now: number): ImageRow {
  const { state, request } = entry;
  const jobId = 'jobId' in state ? state.jobId : undefined;
  const imageId = 'imageId' in state ? state.imageId : undefined;
  const progress = 'progress' in state ? state.progress : undefined;
  const error = errorOf(state);
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
    ...(jobId === undefined ? {} : { jobId }),
    ...(imageId === undefined ? {} : { imageId }),
    ...(progress === undefined ? {} : { progress }),
    ...(error === undefined ? {} : { error }),
  };
}

/** The ledger keeps the times of an older attempt until the newer one has its own. */
function timesOf(entry: LedgerEntry, now: number): Times {
  const { state, registeredAt } = entry;
  const finishedAt = isSettled(state) ? entry.finishedAt : undefined;
  const finished = finishedAt === undefined ? {} : { finishedAt };
  const submittedAt = hasSubmit(entry) ? entry.submittedAt : undefined;
  if (submittedAt === undefined) return finished;
  const acceptedAt = acceptedOf(entry, submittedAt);
  const end = finishedAt ?? (state.status === 'creating' ? now : undefined);
  return {
    ...finished,
    submittedAt,
    waitingMs: Math.max(0, submittedAt - registeredAt),
    ...(acceptedAt === undefined ? {} : { acceptedAt }),
    ...(acceptedAt === undefined || end === undefined
      ? {}
      : { inImsMs: Math.max(0, end - acceptedAt) }),
  };
}

function hasSubmit({ state, submittedAt, registeredAt }: LedgerEntry): boolean {
  if (state.status === 'pending' || state.status === 'cancelled') return false;
  return submittedAt !== undefined && submittedAt >= registeredAt - SKEW_MS;
}

/** Entries of an older version have no such time; a job id shows that IMS answered the create. */
function acceptedOf({ acceptedAt, state }: LedgerEntry, submittedAt: number): number | undefined {
  if (acceptedAt !== undefined) return acceptedAt >= submittedAt ? acceptedAt : undefined;
  if (state.status !== 'succeeded' && state.status !== 'failed') return undefined;
  const adopted = state.status === 'succeeded' && state.adopted === true;
  return state.jobId === undefined || adopted ? undefined : submittedAt;
}

function errorOf(state: ImportState): Reason | undefined {
  if ('reason' in state) return state.reason;
  return state.status === 'pending' ? state.lastReason : undefined;
}
