import {
  filteredEntries,
  type ImageFilter,
  missingText,
  oddText,
  stopStatus,
} from '../../producer/batch-status.ts';
import { readOutlook } from '../../producer/live/read-outlook.ts';
import { countsText } from '../../producer/progress.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { othersText } from '../../shared/ledger/foreign.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { formatTrust } from '../../shared/look-up/find-ours.ts';
import { targetNotes } from '../../shared/notify/target-notes.ts';
import type { ProjectOutlook } from '../../shared/outlook/outlook.ts';
import { obstaclesOf, obstacleText } from '../../shared/outlook/words.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { stopText } from '../describe.ts';
import { type Io, printLine, resultWidth } from '../io.ts';
import type { Env, OpenLedger } from '../open/open-ledger.ts';
import { batchRows } from '../terminal/batch-rows.ts';
import { FailureCodes } from '../terminal/failure-codes.ts';
import { imageTable } from '../terminal/image-rows.ts';
import { headLine, type Scene } from '../terminal/live-frame.ts';
import { obstacleRows } from '../terminal/obstacle-rows.ts';
import { nextCommands } from '../terminal/one-batch.ts';
import { line, styled } from '../terminal/text.ts';

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
  const missing = await open.batches.countMissing(batch);
  const project = await readAll(open, [{ ...summary, missing }], batch);
  if (io.outTerminal) printBatches(project, io);
  const paused = summary.isPaused ? ` (paused; ims-ferry resume ${shellQuoted(batch)})` : '';
  io.out(`${batch}: ${countsText(summary)}${paused}`);
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
  await printNotes(open, project, io);
  if (counts.unknown > 0) {
    io.err(formatTrust(await open.project.listingLag(), config.unknown));
    if (counts.held > 0) {
      io.err(
        `${counts.held} held, waiting for your decision: ims-ferry resolve ${shellQuoted(batch)}`,
      );
    }
  }
}

/** `batch`: without the obstacles of other batches. */
async function readAll(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  batch?: string,
): Promise<Scene> {
  const inFlight = await open.ledger.inFlight();
  const outlook = await readOutlook(open);
  const all = outlook.obstacles;
  const obstacles = batch === undefined ? all : obstaclesOf(all, batch);
  const shown = { batches: summaries, outlook: { ...outlook, obstacles } };
  return { overview: { ...shown, inFlight, stop: null }, now: open.clock.now() };
}

function printBatches({ overview, now }: Scene, io: Io): void {
  const { batches, outlook } = overview;
  if (!io.outTerminal) {
    const width = Math.max(0, ...batches.map(({ batch }) => batch.length));
    for (const summary of batches) {
      io.out(`${summary.batch.padEnd(width)}  ${countsText(summary)}`);
    }
    return;
  }
  const width = resultWidth(io);
  const many = batches.length > 1 ? [headLine({ overview, now }, width)] : [];
  const above = [...many, ...obstacleRows({ ...outlook, now }, width)];
  const rows = batchRows({ batches, outlook, now }, width);
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

async function printNotes(
  open: OpenLedger,
  { overview: { batches, outlook } }: Scene,
  io: Io,
): Promise<void> {
  const odd = await oddText(open);
  const alarm = await open.project.others.alarm();
  const notes = [
    ...batches.map(({ batch, missing }) => missingText(batch, missing)),
    ...targetNotes({
      targets: await open.project.outbox.targets(),
      batches,
      now: open.clock.now(),
    }),
    // On a terminal they are above the table.
    ...(io.outTerminal ? [] : await obstacleTexts(open, batches, outlook)),
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
  const others = obstacles.filter(({ code }) => code !== stopped?.code).map(obstacleText);
  return stopped ? [stopText(stopped), ...others] : others;
}
