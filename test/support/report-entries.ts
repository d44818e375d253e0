import { type BatchReport, buildReport } from '../../src/producer/report/build-report.ts';
import type { BatchSummary } from '../../src/shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import type { Reason } from '../../src/shared/state/import-state.ts';
import { imageRow } from '../../src/ui/image-row.ts';
import { imageRequest } from './images.ts';

/** When the batches of these tests begin. */
export const BEGAN = Date.UTC(2026, 2, 1, 9, 30);

/** Seconds after the beginning. */
export const at = (seconds: number): number => BEGAN + seconds * 1000;

export function entry(name: string, fields: Partial<LedgerEntry>): LedgerEntry {
  return {
    key: name.padEnd(43, '0'),
    request: imageRequest(name),
    batches: ['b'],
    declined: [],
    revision: 1,
    epoch: 1,
    attempt: 1,
    queued: 0,
    lateJobIds: [],
    lateImageIds: [],
    seenImageIds: [],
    registeredAt: BEGAN,
    polls: 3,
    state: { status: 'pending' },
    ...fields,
  };
}

/** Submitted after 10 s, accepted a second later, done after the given seconds. */
export function succeeded(name: string, seconds = 60): LedgerEntry {
  return entry(name, {
    submittedAt: at(10),
    acceptedAt: at(11),
    finishedAt: at(11 + seconds),
    state: { status: 'succeeded', imageId: `image of ${name}`, jobId: `job of ${name}` },
  });
}

export const NOT_THERE: Reason = {
  code: 'IMG.0057',
  message: 'no such object',
  advice: 'Check that the object exists.',
  requestId: 'req-7',
};

/** Refused by IMS, a second after it was submitted. */
export function failed(name: string, reason = NOT_THERE): LedgerEntry {
  return entry(name, {
    submittedAt: at(10),
    finishedAt: at(11),
    state: { status: 'failed', reason },
  });
}

export function held(name: string, reason: Reason): LedgerEntry {
  return entry(name, {
    submittedAt: at(10),
    finishedAt: at(40),
    state: { status: 'unknown', since: at(20), sendBy: at(15), reason, held: true, lookUps: 3 },
  });
}

export const cancelled = (name: string): LedgerEntry =>
  entry(name, { finishedAt: at(5), state: { status: 'cancelled' } });

/** A report of these entries, made two minutes after the batch began. */
export function reportOf(
  entries: readonly LedgerEntry[],
  summary: Partial<BatchSummary> = {},
  now = at(120),
): BatchReport {
  const rows = entries.map((one) => imageRow(one, now));
  const known = {
    batch: 'spring',
    createdAt: BEGAN,
    total: entries.length,
    isPaused: false,
    missing: 0,
    troubles: [],
  };
  const counts = {} as BatchSummary['counts'];
  return buildReport({ ...known, counts, ...summary }, rows, now);
}
