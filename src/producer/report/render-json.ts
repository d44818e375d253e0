import type { FileFacts } from '../../shared/image/file-facts.ts';
import type { Reason } from '../../shared/state/import-state.ts';
import { isoTime } from '../../ui/format.ts';
import type { ImageRow } from '../../ui/image-row.ts';
import type { BatchReport, FailureGroup } from './build-report.ts';
import type { Series } from './series.ts';

/**
 * The report as one line of JSON, a stable format. Times are ISO 8601 in UTC, durations milliseconds,
 * unknown values null. Names and messages are exactly those of the manifest and the cloud.
 */
export function renderJson(report: BatchReport): string {
  return JSON.stringify({
    version: 1,
    batch: report.batch,
    generated_at: isoTime(report.generatedAt),
    outcome: report.outcome,
    paused: report.isPaused,
    notify: report.notify ?? null,
    retention: report.retention ?? [],
    total: report.total,
    counts: report.counts,
    began_at: isoTime(report.beganAt),
    ended_at: time(report.endedAt),
    duration_ms: report.durationMs,
    succeeded_per_hour: report.perHour === undefined ? null : Math.round(report.perHour * 10) / 10,
    succeeded_per_minute:
      report.perHour === undefined ? null : Math.round((report.perHour * 100) / 60) / 100,
    waiting_ms: report.waiting ?? null,
    in_ims_ms: report.inIms ?? null,
    failures: report.failures.map(failure),
    slowest: report.slowest.map(slowImage),
    series: series(report.series),
    images: report.images.map((row) => image(row, report.batch)),
    ...report.marks,
  });
}

function slowImage({ key, name, state, inImsMs }: ImageRow): object {
  return { key, name, state, in_ims_ms: inImsMs ?? null };
}

function failure({ state, held, code, message, advice, count, names }: FailureGroup): object {
  return { state, held, code, message, advice, count, images: names };
}

function series({ from, intervalMs, buckets }: Series): object {
  return {
    interval_ms: intervalMs,
    points: buckets.map(({ succeeded, failed, inFlight }, at) => ({
      from: isoTime(from + at * intervalMs),
      succeeded,
      failed,
      most_in_flight: inFlight,
    })),
  };
}

function image(row: ImageRow, batch: string): object {
  return {
    key: row.key,
    name: row.name,
    kind: row.kind,
    quick_import: row.quick,
    state: row.state,
    held: row.held,
    overdue: row.overdue,
    attempt: row.attempt,
    polls: row.polls,
    registered_at: isoTime(row.registeredAt),
    submitted_at: time(row.submittedAt),
    accepted_at: time(row.acceptedAt),
    finished_at: time(row.finishedAt),
    waiting_ms: row.waitingMs ?? null,
    in_ims_ms: row.inImsMs ?? null,
    job_id: row.jobId ?? null,
    image_id: row.imageId ?? null,
    error: row.error ? reason(row.error) : null,
    batch,
    image_url: row.imageUrl,
    os_version: row.osVersion ?? null,
    sharing: row.sharing ?? null,
    differences: row.differences,
    pruned_at: time(row.prunedAt),
    copy_of: row.copyOf ?? null,
    copy_to: row.copyTo ?? null,
    file: row.file ? file(row.file) : null,
  };
}

function file({ bytes, format, virtualBytes }: FileFacts): object {
  return { size: bytes, format: format ?? null, virtual_size: virtualBytes ?? null };
}

function reason({ code, message, advice, requestId }: Reason): object {
  return { code, message, advice: advice ?? null, request_id: requestId ?? null };
}

function time(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}
