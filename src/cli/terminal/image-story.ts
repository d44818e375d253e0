import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry, StoryLine } from '../../shared/ledger/ledger-entry.ts';
import { nameOf } from '../../shared/state/machine.ts';
import { differencesText } from '../../shared/state/story-line.ts';
import { withCodeWords } from '../../shared/text/code-words.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { fileWords } from '../../ui/file-words.ts';
import { formatSpan, utcTime } from '../../ui/format.ts';
import { type ImageRow, imageRow, kindText, requestText } from '../../ui/image-row.ts';
import { meaningOf } from '../../ui/meaning.ts';
import { retentionText, rulesFor } from '../../ui/retention-words.ts';
import { displayStateOf } from '../../ui/states.ts';
import { stateText } from './image-rows.ts';
import { inStyle, join, type Line, line, styled, wrap } from './text.ts';

interface ImageStory {
  /** Of the batch that a person has named. */
  readonly summary: BatchSummary;
  readonly entry: LedgerEntry;
  /** Of a copy its source, else its copies. */
  readonly related: readonly LedgerEntry[];
  /** The oldest first. */
  readonly story: readonly StoryLine[];
  /** By the wall clock. */
  readonly now: number;
}

/** One image: its state and the reason, its ids and times, its request, what happened, what to do. */
export function imageStory(about: ImageStory, width: number): Line[] {
  const { summary, entry, story, now, related } = about;
  const row = imageRow(entry, now);
  const state = displayStateOf(row);
  const percent = row.progress === undefined ? '' : ` ${Math.floor(row.progress * 100)}%`;
  const head = line(styled('bold', row.name), '  ', stateText(state), percent);
  const next = nextSteps(summary.batch, row);
  return [
    head,
    ...(row.error ? [] : [styled('dim', meaningOf(entry))]),
    ...reasonLines(row, width),
    ...differenceLines(row, width),
    [],
    ...pairs(
      [...facts(entry, row, now), ...relatives(row, related), ...wishes(row, summary)],
      width,
    ),
    [],
    styled('bold', 'Request'),
    ...pairs(requestFields(entry), width),
    ...(story.length === 0 ? [] : [[], styled('bold', 'What happened (UTC)')]),
    ...story.flatMap((one) => storyLines(one, width)),
    ...(next.length === 0 ? [] : [[]]),
    ...next.map((command) => line(styled('dim', 'next: '), command)),
  ];
}

function reasonLines({ error, state }: ImageRow, width: number): readonly Line[] {
  if (!error) return [];
  const { code, message, advice, requestId } = error;
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  const again = state === 'pending' ? 'Pending again after: ' : '';
  return [
    ...wrap(`${again}${withCodeWords(`${code}: ${message}`)}${request}`, width, 10),
    ...(advice === undefined ? [] : wrap(advice, Math.max(20, width), 10)),
  ];
}

function differenceLines({ differences }: ImageRow, width: number): readonly Line[] {
  if (differences.length === 0) return [];
  const text = `Warning: not as requested: ${differencesText(differences)}`;
  return wrap(text, Math.max(20, width), 10).map((one) => inStyle(one, 'yellow'));
}

type Pair = readonly [name: string, value: string | undefined];

function facts(entry: LedgerEntry, row: ImageRow, now: number): readonly Pair[] {
  const late = [...entry.lateImageIds, ...entry.lateJobIds].join(', ');
  const time = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : `${utcTime(ms)} UTC${ago(ms, now)}`;
  const span = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : formatSpan(ms);
  return [
    ['Image', row.imageId],
    ['IMS job', row.jobId],
    ['Batch', entry.batches.join(', ')],
    ['File', entry.file && fileWords(entry.file)],
    ['Attempt', String(row.attempt)],
    ['Registered', time(row.registeredAt)],
    ['Submitted', time(row.submittedAt)],
    [row.held ? 'Held since' : 'Finished', time(row.finishedAt)],
    ['Pruned', time(row.prunedAt)],
    ['Waited', span(row.waitingMs)],
    ['In IMS', span(row.inImsMs)],
    ['Polls', String(row.polls)],
    ['Older', late === '' ? undefined : late],
    ['Projects', row.sharing?.text],
    ['Marker', row.key],
  ];
}

/** What it is a copy of, or which copies there are, each with its state. */
function relatives(row: ImageRow, related: readonly LedgerEntry[]): readonly Pair[] {
  if (row.copyOf === undefined) {
    return related.map((copy) => {
      const what = `${copy.request.name} (${kindText(imageRow(copy, 0))})`;
      return ['Copy', `${what}: ${nameOf(copy.state)}, ${copy.key}`];
    });
  }
  const [source] = related;
  const state = source === undefined ? 'not in the ledger' : nameOf(source.state);
  const where = row.copyTo === undefined ? '' : `, to ${row.copyTo}`;
  return [['Copy of', `${source?.request.name ?? row.copyOf}${where}: ${state}`]];
}

/** What its manifest wants besides the import. */
function wishes(row: ImageRow, { notify, retention }: BatchSummary): readonly Pair[] {
  const newest = retentionText(rulesFor(row, retention));
  return [
    ['Notified', notify],
    ['Retention', newest && `prune keeps ${newest}`],
  ];
}

function ago(ms: number, now: number): string {
  return now - ms < 1000 ? '' : `, ${formatSpan(now - ms)} ago`;
}

function requestFields({ request }: LedgerEntry): readonly Pair[] {
  return Object.entries(request).map(([name, value]) => [name, requestText(value)]);
}

/** Names in one column, values in another; long values are broken between words. */
function pairs(all: readonly Pair[], width: number): readonly Line[] {
  const shown = all.filter(([, value]) => value !== undefined && value !== '');
  const wide = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.flatMap(([name, value = '']) =>
    wrap(value, Math.max(20, width - wide - 4), 20).map((text, at) =>
      line('  ', styled('dim', (at === 0 ? name : '').padEnd(wide)), '  ', text),
    ),
  );
}

function storyLines({ at, text }: StoryLine, width: number): readonly Line[] {
  const time = utcTime(at);
  return wrap(text, Math.max(20, width - time.length - 4), 20).map((part, index) =>
    join(
      [line('  '), styled('dim', index === 0 ? time : ' '.repeat(time.length)), line('  '), part],
      '',
    ),
  );
}

function nextSteps(batch: string, { state, held, name }: ImageRow): readonly string[] {
  if (held) return [`ims-ferry resolve ${shellQuoted(batch)} --name ${shellQuoted(name)}`];
  if (state === 'failed')
    return [`ims-ferry retry ${shellQuoted(batch)} --name ${shellQuoted(name)}`];
  return state === 'cancelled'
    ? [`ims-ferry retry ${shellQuoted(batch)} --cancelled --name ${shellQuoted(name)}`]
    : [];
}
