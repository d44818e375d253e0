import type { BatchReport, ImageRow } from '../model/batch-report.ts';
import { LOOK_ORDER, LOOKS, lookOf } from './states.ts';
import { shown } from './wording.ts';

/**
 * Everything the script reads. A row is a list: name, state, kind, registered, submitted, accepted,
 * finished (milliseconds since `from`; null = not), attempt, polls, job id, image id, number of its
 * error, request id. What is missing at the end is left out: a hundred thousand rows have to load.
 */
export function pageData(report: BatchReport): string {
  const errors = new Map<string, number>();
  const rows = report.images.map((row) => rowOf(row, report.beganAt, errors));
  return scriptSafeJson({
    from: report.beganAt,
    span: report.durationMs,
    now: report.generatedAt - report.beganAt,
    states: LOOK_ORDER.map((look) => [look, LOOKS[look]]),
    errors: [...errors.keys()].map((text) => JSON.parse(text)),
    rows,
  });
}

/** JSON that cannot end the element it stands in, nor break a line of script. */
export function scriptSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function rowOf(row: ImageRow, from: number, errors: Map<string, number>): readonly unknown[] {
  const since = (time: number | undefined): number | null =>
    time === undefined ? null : time - from;
  const cells = [
    shown(row.name),
    LOOK_ORDER.indexOf(lookOf(row)),
    `${row.kind}${row.quick ? ', quick' : ''}`,
    since(row.registeredAt),
    since(row.submittedAt),
    since(row.acceptedAt),
    since(row.finishedAt),
    row.attempt,
    row.polls,
    idOf(row.jobId),
    idOf(row.imageId),
    errorNumber(row, errors),
    idOf(row.error?.requestId),
  ];
  while (cells.at(-1) === null) cells.pop();
  return cells;
}

function idOf(id: string | undefined): string | null {
  return id === undefined ? null : shown(id);
}

/** Thousands of images may fail for one reason: it is kept once. */
function errorNumber({ error }: ImageRow, errors: Map<string, number>): number | null {
  if (!error) return null;
  const { code, message, advice } = error;
  const text = JSON.stringify([code, message, advice ?? ''].map(shown));
  const known = errors.get(text) ?? errors.size;
  errors.set(text, known);
  return known;
}
