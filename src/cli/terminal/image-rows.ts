import type { FailureCount } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { formatSpan } from '../../ui/format.ts';
import { imageNotes } from '../../ui/image-notes.ts';
import { imageRow, labelOf, reasonOf } from '../../ui/image-row.ts';
import { type DisplayState, displayStateOf } from '../../ui/states.ts';
import { type Column, table } from './table.ts';
import { join, type Line, line, type Style, styled } from './text.ts';

const STATE_STYLES: Readonly<Record<DisplayState, Style>> = {
  succeeded: 'green',
  failed: 'red',
  held: 'yellow',
  unknown: 'magenta',
  cancelled: 'dim',
  creating: 'cyan',
  submitting: 'cyan',
  pending: 'dim',
};

export function stateText(state: DisplayState): Line {
  return styled(STATE_STYLES[state], state === 'held' ? 'unknown (held)' : state);
}

/** The columns of images: state, name, how long and how far it is in IMS, error, id. */
function imageColumns(entries: readonly LedgerEntry[], now: number): readonly Column[] {
  const rows = entries.map((entry) => imageRow(entry, now));
  const each = (cell: (row: (typeof rows)[number]) => Line): readonly Line[] => rows.map(cell);
  return [
    { cells: each((row) => stateText(displayStateOf(row))) },
    { cells: each((row) => line(labelOf(row))), isName: true, min: 20 },
    {
      cells: each(({ inImsMs }) => line(inImsMs === undefined ? '' : formatSpan(inImsMs))),
      right: true,
      drop: 2,
    },
    {
      cells: each(({ progress }) =>
        line(progress === undefined ? '' : `${Math.floor(progress * 100)}%`),
      ),
      right: true,
    },
    { cells: each((row) => (row.error ? errorText(row.error) : noteText(row))), min: 10 },
    // A part of an id is of no use.
    { cells: each((row) => styled('dim', idText(row))), drop: 3 },
  ];
}

export function imageTable(
  entries: readonly LedgerEntry[],
  now: number,
  width: number,
): readonly Line[] {
  return table(imageColumns(entries, now), width);
}

function errorText({ code, message }: { readonly code: string; readonly message: string }): Line {
  return line(styled('bold', code), `: ${message}`);
}

function noteText(row: ReturnType<typeof imageRow>): Line {
  const notes = imageNotes(row);
  return notes.length === 0 ? [] : styled('yellow', notes.join('; '));
}

/** Names the kind of id: an IMS job and an image are looked up in different places. */
function idText({
  imageId,
  jobId,
}: Pick<ReturnType<typeof imageRow>, 'imageId' | 'jobId'>): string {
  if (imageId !== undefined) return `image ${imageId}`;
  return jobId === undefined ? '' : `job ${jobId}`;
}

/** Images with one code, with the words and the advice of one of them. */
export interface FailureGroup extends FailureCount {
  readonly message?: string;
  readonly advice?: string;
}

/** The failures by code, with the words of the first image that is known with that code. */
export function groupFailures(
  troubles: readonly FailureCount[],
  known: readonly LedgerEntry[],
): readonly FailureGroup[] {
  return troubles.map((one) => {
    const example = known.find(
      ({ state }) =>
        (one.kind === 'held' ? state.status === 'unknown' : state.status === 'failed') &&
        reasonOf({ state })?.code === one.code,
    );
    const { message, advice } = (example && reasonOf(example)) ?? {};
    return {
      ...one,
      ...(message !== undefined && { message }),
      ...(advice !== undefined && { advice }),
    };
  });
}

/** `IMG.0057 ×58  the file is not there`: a line for each code. */
export function failureTable(groups: readonly FailureGroup[], width: number): readonly Line[] {
  return table(
    [
      {
        cells: groups.map(({ kind, code }) =>
          join([styled(kind === 'held' ? 'yellow' : 'red', code)], ''),
        ),
        min: 12,
      },
      { cells: groups.map(({ count }) => styled('bold', `×${count}`)), right: true },
      { cells: groups.map(({ kind }) => line(kind === 'held' ? 'held' : '')) },
      { cells: groups.map(({ message = '' }) => line(message)), min: 16 },
    ],
    width,
  );
}
