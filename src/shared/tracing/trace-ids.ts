import { createHash } from 'node:crypto';
import type { Traced } from './traces.ts';

export interface TraceIds {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Of the span of the whole attempt: 16 hexadecimal digits. */
  readonly spanId: string;
}

/**
 * Derived, not stored: every process on every host joins the trace of an attempt without asking
 * anybody, also one that enqueues it anew after others have ended.
 */
export function traceIds(namespace: string, { key, attempt }: Traced): TraceIds {
  const text = JSON.stringify(['ims-ferry', namespace, key, attempt]);
  const digest = createHash('sha256').update(text).digest('hex');
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48) };
}
