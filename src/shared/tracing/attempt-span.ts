import { createHash } from 'node:crypto';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { Traced } from './traces.ts';

/** One attempt as a span. The name is the same for all; the attributes differ. `problem`: why it failed. */
export function attemptSpan(entry: LedgerEntry, endedAt: number) {
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
      ...omitUndefined({
        'imsferry.job_id': jobId,
        'imsferry.image_id': imageId,
        'imsferry.code': reason?.code,
      }),
    },
    ...omitUndefined({ problem: reason && `${reason.code}: ${reason.message}` }),
  };
}

export interface TraceIds {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Of the span of the whole attempt: 16 hexadecimal digits. */
  readonly spanId: string;
}

/**
 * Derived, not stored: every process on every host joins the trace of an attempt on its own, even one
 * that enqueues it again after others have ended.
 */
export function traceIds(namespace: string, { key, attempt }: Traced): TraceIds {
  const text = JSON.stringify(['ims-ferry', namespace, key, attempt]);
  const digest = createHash('sha256').update(text).digest('hex');
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48) };
}
