import {
  filteredEntries,
  type ImageFilter,
  missingText,
  oddText,
  stopStatus,
} from '../producer/batch-status.ts';
import type { Overview } from '../producer/live/overview.ts';
import { readOutlook } from '../producer/live/read-outlook.ts';
import { formatCounts } from '../producer/progress.ts';
import type { BatchSummary } from '../shared/ledger/batch-store.ts';
import { othersText } from '../shared/ledger/foreign.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { formatTrust } from '../shared/look-up/find-ours.ts';
import type { Obstacle, ProjectOutlook } from '../shared/outlook/outlook.ts';
import { obstacleText } from '../shared/outlook/words.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { stopText } from './describe.ts';
import { type Io, printLine, resultWidth } from './io.ts';
import type { Env, OpenLedger } from './open-ledger.ts';
import { batchRows } from './terminal/batch-rows.ts';
import { FailureCodes } from './terminal/failure-codes.ts';
import { imageTable } from './terminal/image-rows.ts';
import { headLine } from './terminal/live-frame.ts';
import { obstacleRows } from './terminal/obstacle-rows.ts';
import { nextCommands } from './terminal/one-batch.ts';
import { line, styled } from './terminal/text.ts';

/** All batches: a table for people, a line of counts for each where the output is piped. */
export async function printAll(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  { io, config }: Env,
): Promise<void> {
  if (summaries.length === 0) io.err('There are no batches yet.');
  for (const name of await open.project.clouds.names()) {
    if (name === config.cloud) continue;
    io.err(`Cloud ${name} has its own batches: ims-ferry --cloud ${name} status`);
  }
  const project = await readAll(open, summaries);
  printBatches(project, io);
  await printNotes(open, project, io);
}

/** The images of one batch, then what failed by code, and what to do. */
export async function printOne(
  open: OpenLedger,
  summary: BatchSummary,
  { io, config, ...filter }: Env & ImageFilter,
): Promise<void> {
  const { batch, counts } = summary;
  const project = await readAll(open, [summary], batch);
  if (io.outTerminal) printBatches(project, io);
  const paused = summary.isPaused ? ` (paused; ims-ferry resume ${batch})` : '';
  io.out(`${batch}: ${formatCounts(counts)}${paused}`);
  const failures = await printImages(open, batch, { io, filter });
  if (io.stop.aborted) return;
  for (const text of failures.lines(resultWidth(io))) printLine(io, text);
  const commands = nextCommands(batch, counts).filter(
    (one) => !(filter.failed && /--failed/.test(one)),
  );
  if (io.outTerminal && commands.length > 0) {
    io.out('');
    for (const command of commands) printLine(io, line(styled('dim', 'next: '), command));
  }
  const missing = await open.batches.countMissing(batch);
  await printNotes(open, { ...project, summaries: [{ ...summary, missing }] }, io);
  if (counts.unknown > 0) {
    io.err(formatTrust(await open.project.listingLag(), config.unknown));
    if (counts.held > 0) {
      io.err(`${counts.held} held, waiting for your decision: ims-ferry resolve ${batch}`);
    }
  }
}

/** What all of a status is made of. */
interface Project {
  readonly summaries: readonly BatchSummary[];
  readonly overview: Overview;
  readonly outlook: ProjectOutlook;
  /** By the wall clock. */
  readonly now: number;
}

/** `batch`: without the obstacles of other batches. */
async function readAll(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  batch?: string,
): Promise<Project> {
  const overview: Overview = {
    batches: summaries.map((summary) => ({ summary })),
    inFlight: await open.ledger.inFlight(),
    stop: null,
  };
  const outlook = await readOutlook(open);
  const isOurs = (one: Obstacle): boolean => batch === undefined || (one.batch ?? batch) === batch;
  const obstacles = outlook.obstacles.filter(isOurs);
  return { summaries, overview, outlook: { ...outlook, obstacles }, now: open.clock.now() };
}

function printBatches({ summaries, overview, outlook, now }: Project, io: Io): void {
  if (!io.outTerminal) {
    const width = Math.max(0, ...summaries.map(({ batch }) => batch.length));
    for (const { batch, counts } of summaries) {
      io.out(`${batch.padEnd(width)}  ${formatCounts(counts)}`);
    }
    return;
  }
  const width = resultWidth(io);
  const many = summaries.length > 1 ? [headLine({ overview, outlook, now }, width)] : [];
  const above = [...many, ...obstacleRows({ ...outlook, now }, width)];
  const rows = batchRows({ batches: overview.batches, outlook, now }, width);
  const below = rows.length === 0 ? [] : [...rows, []];
  for (const text of above.length === 0 ? below : [...above, [], ...below]) printLine(io, text);
}

/** Images that are printed together: their columns are aligned. */
const PAGE = 500;

async function printImages(
  open: OpenLedger,
  batch: string,
  { io, filter }: { readonly io: Io; readonly filter: ImageFilter },
): Promise<FailureCodes> {
  const failures = new FailureCodes();
  let page: LedgerEntry[] = [];
  const print = (): void => {
    for (const text of imageTable(page, open.clock.now(), resultWidth(io) - 2)) {
      printLine(io, line('  ', text));
    }
    page = [];
  };
  for await (const entry of filteredEntries(open, batch, filter)) {
    if (io.stop.aborted) return failures;
    failures.add(entry);
    page.push(entry);
    if (page.length === PAGE) print();
  }
  print();
  return failures;
}

/** Their texts are those of `stopStatus`. */
const SHOWN_AS_STOP: ReadonlySet<Obstacle['kind']> = new Set(['stopped', 'frozen']);

async function printNotes(
  open: OpenLedger,
  { summaries, outlook }: Project,
  io: Io,
): Promise<void> {
  const odd = await oddText(open);
  const alarm = await open.project.others.alarm();
  const notes = [
    ...summaries.map(({ batch, missing }) => missingText(batch, missing)),
    // On a terminal they are above the table.
    ...(io.outTerminal ? [] : await obstacleTexts(open, summaries, outlook)),
    odd === undefined ? undefined : escapeText(odd),
    alarm ? escapeText(othersText(alarm)) : undefined,
  ];
  for (const note of notes) if (note !== undefined) io.err(note);
}

async function obstacleTexts(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  { obstacles }: ProjectOutlook,
): Promise<readonly string[]> {
  const pending = summaries.reduce((sum, { counts }) => sum + counts.pending, 0);
  const [first] = summaries;
  const stopped = first ? await stopStatus(open, { ...first.counts, pending }) : null;
  const others = obstacles.filter(({ kind }) => !SHOWN_AS_STOP.has(kind)).map(obstacleText);
  return stopped ? [stopText(stopped), ...others] : others;
}
