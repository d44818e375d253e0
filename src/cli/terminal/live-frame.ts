import type { NotableImages } from '../../producer/live/image-scout.ts';
import type { Overview } from '../../producer/live/overview.ts';
import { isFinished } from '../../producer/progress.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { othersText } from '../../shared/ledger/foreign.ts';
import { doneText } from '../../shared/outlook/words.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { rateText } from '../../ui/format.ts';
import { countImages } from '../describe.ts';
import { batchRows, withoutSpread } from './batch-rows.ts';
import { eventRows } from './event-rows.ts';
import { localTime } from './local-time.ts';
import type { LogEvent } from './log-events.ts';
import { obstacleRows } from './obstacle-rows.ts';
import { oneBatchRows } from './one-batch.ts';
import { cut, inStyle, join, type Line, line, type Size, styled, widthOf, wrap } from './text.ts';

/** What is known of the project at one moment. */
export interface Scene {
  readonly overview: Overview;
  /** Images of the one batch that is watched. */
  readonly images?: NotableImages;
  /** By the wall clock. */
  readonly now: number;
  /** Why this is out of date. */
  readonly trouble?: string;
}

/** What is shown around it. */
export interface Surroundings {
  /** The first line, such as the command and the address of the dashboard. */
  readonly title?: Line;
  /** The latest last; absent: there is no room for events. */
  readonly events?: readonly LogEvent[];
  /** The last line: what Ctrl-C does. */
  readonly foot: string;
}

const NO_BATCHES = 'There are no batches yet.';
/** The share of the free rows that is for events, and their least number. */
const EVENT_SHARE = 0.5;
const LEAST_EVENTS = 4;

/** The live view as lines that fit into the terminal. */
export function drawFrame(scene: Scene, around: Surroundings, size: Size): readonly Line[] {
  const columns = Math.max(10, size.columns - 1);
  const rows = Math.max(3, size.rows - 1);
  const title = around.title ? [cut(around.title, columns)] : [];
  const head = [...title, headLine(scene, columns), ...noteRows(scene, columns), []];
  const foot = [[], ...wrap(around.foot, columns, 2).map((text) => inStyle(text, 'dim'))];
  const room = Math.max(1, rows - head.length - foot.length);
  const { events } = around;
  const forEvents = events ? Math.max(LEAST_EVENTS, Math.floor(room * EVENT_SHARE)) : 0;
  const body = bodyRows(scene, { columns, rows: Math.max(1, room - forEvents) });
  const left = room - body.length - 1;
  const below = events && left > 0 ? [[], ...eventRows(events, { columns, rows: left })] : [];
  return [...head, ...body, ...below, ...foot].slice(0, rows);
}

/** `3 batches · 30 of 30 in flight · 12/min lately · done about 14:20 (± 20 min)` */
export function headLine({ overview, now }: Scene, columns: number): Line {
  const { batches, inFlight, outlook } = overview;
  const what = batches.length === 1 ? '1 batch' : `${batches.length} batches`;
  const { limit } = outlook;
  const flying =
    limit === undefined
      ? `${countImages(inFlight)} in flight`
      : `${inFlight} of ${limit} in flight`;
  const { perMinute, done } = outlook.project;
  const isOpen = batches.some((summary) => !isFinished(summary));
  const end = isOpen ? doneText(done, (at) => localTime(at, now)) : '';
  const rate = perMinute === undefined || !isOpen ? '' : rateText(perMinute);
  const lineWith = (of: string): Line =>
    join([styled('bold', what), line(flying), line(of), line(end)], ' · ');
  const long = lineWith(rate === '' ? '' : `${rate} lately`);
  const short = withoutSpread(lineWith(rate));
  return [long, withoutSpread(long)].find((one) => widthOf(one) <= columns) ?? cut(short, columns);
}

function noteRows({ overview, trouble, now }: Scene, columns: number): readonly Line[] {
  const { others, outlook } = overview;
  return [
    ...(trouble === undefined
      ? []
      : wrap(trouble, columns, 2).map((text) => inStyle(text, 'yellow'))),
    ...obstacleRows({ ...outlook, now }, columns, 4).slice(0, 10),
    ...(others === undefined ? [] : wrap(othersText(others), columns, 6)),
  ];
}

function bodyRows(scene: Scene, size: Size): readonly Line[] {
  const { overview, images, now } = scene;
  const { batches, outlook } = overview;
  if (batches.length === 0) return [line(NO_BATCHES)];
  const hasFailures = batches.some(({ troubles }) => troubles.length > 0);
  const forCodes = hasFailures && size.rows > 4 ? 2 : 0;
  const most = images ? Math.min(size.rows, 1) : size.rows - forCodes;
  const visible = batches.length <= most ? batches : mostUrgent(batches, most - 1);
  const rows = { batches: visible, now, outlook };
  const hidden = batches.length - visible.length;
  const more = hidden === 0 ? [] : [styled('dim', `… and ${hidden} more`)];
  const shown = [...batchRows(rows, size.columns), ...more];
  const [only] = batches;
  if (!images || !only)
    return forCodes > 0 ? [...shown, ...codeRows(batches, size.columns)] : shown;
  const rest = { columns: size.columns, rows: size.rows - shown.length };
  return [...shown, ...oneBatchRows(only, { images, now }, rest)];
}

/** `✗ IMG.0057 ×58 · IMG.0026 ×1`: the failures of all batches by code. */
function codeRows(batches: readonly BatchSummary[], columns: number): readonly Line[] {
  const byCode = new Map<string, number>();
  for (const { code, count } of batches.flatMap(({ troubles }) => troubles)) {
    byCode.set(code, (byCode.get(code) ?? 0) + count);
  }
  if (byCode.size === 0) return [];
  const sorted = [...byCode].sort(([, a], [, b]) => b - a);
  const codes = sorted.map(([code, count]) => line(code, styled('bold', ` ×${count}`)));
  const failing = batches.filter(({ counts }) => counts.failed > 0);
  const [only] = failing;
  const batch = failing.length === 1 && only ? only.batch : 'BATCH';
  const command = styled('dim', `   ims-ferry status ${shellQuoted(batch)} --failed`);
  return [[], cut(line(styled('red', '✗ '), join(codes, ' · '), command), columns)];
}

/** The unfinished ones first, the latest first. */
function mostUrgent(batches: readonly BatchSummary[], count: number): readonly BatchSummary[] {
  const { ended = [], running = [] } = Object.groupBy(batches.toReversed(), (summary) =>
    isFinished(summary) ? 'ended' : 'running',
  );
  const kept = new Set([...running, ...ended].slice(0, Math.max(0, count)));
  return batches.filter((summary) => kept.has(summary));
}
