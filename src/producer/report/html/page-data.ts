import { differencesText } from '../../../shared/state/story-line.ts';
import { fileWords } from '../../../ui/file-words.ts';
import { visible } from '../../../ui/format.ts';
import { type ImageRow, kindText, labelOf } from '../../../ui/image-row.ts';
import { DISPLAY_ORDER, DISPLAY_STATES, displayStateOf } from '../../../ui/states.ts';
import type { BatchReport } from '../build-report.ts';

/**
 * Everything the script reads. A row is a list: name, state, kind, folder of the source, its file, operating
 * system, registered, submitted, accepted, finished (milliseconds since `from`; null = not yet), attempt, polls,
 * job id, image id, error, request id, with whom it is shared, what is not as requested, its file, when it
 * was pruned. Folders, systems and errors are numbers in lists of their own, and
 * trailing nulls are left out: the page has to load with 100,000 rows.
 */
export function pageData(report: BatchReport): string {
  const lists = { folders: new Numbered(), systems: new Numbered(), errors: new Numbered() };
  const rows = report.images.map((row) => dataRow(row, report.beganAt, lists));
  return scriptSafeJson({
    from: report.beganAt,
    span: report.durationMs,
    now: report.generatedAt - report.beganAt,
    states: DISPLAY_ORDER.map((state) => [state, DISPLAY_STATES[state].label]),
    folders: lists.folders.texts,
    systems: lists.systems.texts,
    errors: lists.errors.texts.map((text) => JSON.parse(text)),
    rows,
  });
}

/** JSON that can neither end its script element nor break a line of script. */
function scriptSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Texts that many rows have: each is stored once. */
class Numbered {
  readonly #numbers = new Map<string, number>();

  get texts(): readonly string[] {
    return [...this.#numbers.keys()];
  }

  numberOf(text: string): number {
    const number = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, number);
    return number;
  }
}

type Lists = Readonly<Record<'folders' | 'systems' | 'errors', Numbered>>;

function dataRow(row: ImageRow, from: number, lists: Lists): readonly unknown[] {
  const since = (time: number | undefined): number | null =>
    time === undefined ? null : time - from;
  const id = (text: string | undefined): string | null =>
    text === undefined ? null : visible(text);
  const { osVersion, error, imageUrl } = row;
  const fileAt = Math.max(imageUrl.lastIndexOf('/'), imageUrl.indexOf(':')) + 1;
  const cells = [
    visible(labelOf(row)),
    DISPLAY_ORDER.indexOf(displayStateOf(row)),
    visible(kindText(row)),
    lists.folders.numberOf(visible(imageUrl.slice(0, fileAt))),
    visible(imageUrl.slice(fileAt)),
    osVersion === undefined ? null : lists.systems.numberOf(visible(osVersion)),
    since(row.registeredAt),
    since(row.submittedAt),
    since(row.acceptedAt),
    since(row.finishedAt),
    row.attempt,
    row.polls,
    id(row.jobId),
    id(row.imageId),
    error ? lists.errors.numberOf(errorText(error)) : null,
    id(error?.requestId),
    id(row.sharing?.text),
    id(differencesText(row.differences) || undefined),
    id(row.file && fileWords(row.file)),
    since(row.prunedAt),
  ];
  while (cells.at(-1) === null) cells.pop();
  return cells;
}

function errorText({ code, message, advice }: NonNullable<ImageRow['error']>): string {
  return JSON.stringify([code, message, advice ?? ''].map(visible));
}
