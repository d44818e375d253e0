import { differencesText } from '../../shared/state/story-line.ts';
import { isoTime } from '../../ui/format.ts';
import type { ImageRow } from '../../ui/image-row.ts';
import type { BatchReport } from './build-report.ts';

type Cell = string | number | boolean | undefined;

const COLUMNS: readonly (readonly [name: string, of: (row: ImageRow) => Cell])[] = [
  ['name', ({ name }) => name],
  ['kind', ({ kind }) => kind],
  ['quick_import', ({ quick }) => quick],
  ['state', ({ state }) => state],
  ['held', ({ held }) => held],
  ['attempt', ({ attempt }) => attempt],
  ['polls', ({ polls }) => polls],
  ['registered_at', ({ registeredAt }) => isoTime(registeredAt)],
  ['submitted_at', ({ submittedAt }) => time(submittedAt)],
  ['accepted_at', ({ acceptedAt }) => time(acceptedAt)],
  ['finished_at', ({ finishedAt }) => time(finishedAt)],
  ['waiting_ms', ({ waitingMs }) => waitingMs],
  ['in_ims_ms', ({ inImsMs }) => inImsMs],
  ['job_id', ({ jobId }) => jobId],
  ['image_id', ({ imageId }) => imageId],
  ['error_code', ({ error }) => error?.code],
  ['error_message', ({ error }) => error?.message],
  ['error_advice', ({ error }) => error?.advice],
  ['request_id', ({ error }) => error?.requestId],
  ['key', ({ key }) => key],
  ['image_url', ({ imageUrl }) => imageUrl],
  ['os_version', ({ osVersion }) => osVersion],
  ['sharing', ({ sharing }) => sharing?.state],
  ['shared_with', ({ sharing }) => sharing?.shared],
  ['shared_of', ({ sharing }) => sharing?.total],
  ['sharing_text', ({ sharing }) => sharing?.text],
  ['differences', ({ differences }) => differencesText(differences)],
  ['pruned_at', ({ prunedAt }) => time(prunedAt)],
  ['copy_of', ({ copyOf }) => copyOf],
  ['copy_to', ({ copyTo }) => copyTo],
  ['file_size', ({ file }) => file?.bytes],
  ['file_format', ({ file }) => file?.format],
  ['virtual_size', ({ file }) => file?.virtualBytes],
];

/** One line per image below a header line: RFC 4180, lines end with CR LF, UTF-8 without BOM. */
export function renderCsv({ batch, images }: BatchReport): string {
  const lines = [['batch', ...COLUMNS.map(([name]) => name)].join(',')];
  for (const row of images) {
    lines.push([batch, ...COLUMNS.map(([, of]) => of(row))].map(cell).join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** A spreadsheet would evaluate text that begins like this as a formula: prefixed with '. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: Cell): string {
  const text = String(value ?? '');
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : isoTime(ms);
}
