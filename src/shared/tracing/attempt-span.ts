import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Attributes } from './traces.ts';

/** One attempt as a span. Times in milliseconds since 1970. */
export interface AttemptSpan {
  readonly name: string;
  readonly attributes: Attributes;
  readonly startTime: number;
  readonly endTime: number;
  /** Why it failed. */
  readonly problem?: string;
}

/** Pure. The name is the same for all: what differs stands in the attributes. */
export function attemptSpan(entry: LedgerEntry, endedAt: number): AttemptSpan {
  const { state, request, registeredAt } = entry;
  const jobId = 'jobId' in state ? state.jobId : undefined;
  const imageId = 'imageId' in state ? state.imageId : undefined;
  const reason = state.status === 'failed' ? state.reason : undefined;
  return {
    name: 'import',
    startTime: registeredAt,
    endTime: Math.max(registeredAt, endedAt),
    attributes: {
      'imsferry.image': request.name,
      'imsferry.key': entry.key,
      'imsferry.batch': entry.batches.join(', '),
      'imsferry.attempt': entry.attempt,
      'imsferry.state': state.status,
      'imsferry.polls': entry.polls,
      ...(jobId === undefined ? {} : { 'imsferry.job_id': jobId }),
      ...(imageId === undefined ? {} : { 'imsferry.image_id': imageId }),
      ...(reason === undefined ? {} : { 'imsferry.code': reason.code }),
    },
    ...(reason === undefined ? {} : { problem: `${reason.code}: ${reason.message}` }),
  };
}
