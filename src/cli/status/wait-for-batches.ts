import { holdTexts, missingText } from '../../producer/batch-status.ts';
import { foreignAnswers } from '../../producer/live/throttling.ts';
import { watchOutlook } from '../../producer/live/watch-outlook.ts';
import { barLine, formatCounts, isFinished, plainLine } from '../../producer/progress.ts';
import type { StatusDeps } from '../../producer/status-deps.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { othersText } from '../../shared/ledger/foreign.ts';
import type { Stop } from '../../shared/ledger/project-store.ts';
import { obstacleText } from '../../shared/outlook/words.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { formatDuration } from '../../ui/format.ts';
import { type Io, progressLine } from '../io.ts';
import { localTime } from '../terminal/local-time.ts';
import { printFailures } from './print-failures.ts';

export interface Waiting {
  readonly deps: StatusDeps & { readonly clock: Clock };
  readonly batches: readonly string[];
  /** Keep waiting even when the project is stopped until a person acts. */
  readonly keepWaiting: boolean;
  /** How long to wait for all of them; absent: until every image has its outcome. */
  readonly timeoutMs?: number;
  /** The message after a stop signal. @default that the import continues */
  readonly stoppedText?: (summary: BatchSummary) => string;
}

const CHECK_MS = 250;
/** How long a quota stop may take to show the free quota. */
const QUOTA_MS = 5000;

/** Shows progress until every image of the batches has its outcome; returns the exit code. */
export async function waitForBatches(waiting: Waiting, io: Io): Promise<ExitCode> {
  const { deps, timeoutMs = Number.POSITIVE_INFINITY } = waiting;
  const until = deps.clock.monotonic() + timeoutMs;
  let worst: ExitCode = EXIT.ok;
  for (const batch of waiting.batches) {
    const code = await waitForBatch(waiting, batch, { io, until });
    if (code === EXIT.unreachable || io.stop.aborted) return code;
    if (code !== EXIT.ok) worst = code;
  }
  return worst;
}

/** @param until by `clock.monotonic()` */
async function waitForBatch(
  { deps, keepWaiting, timeoutMs = 0, stoppedText = continuesText }: Waiting,
  batch: string,
  { io, until }: { readonly io: Io; readonly until: number },
): Promise<ExitCode> {
  const progress = progressLine(io, deps.clock, true);
  const endWith = (text: string): ExitCode => {
    progress.end();
    io.err(text);
    return EXIT.imageFailed;
  };
  const outlookNow = watchOutlook(deps, batch);
  const time = (at: number): string => localTime(at, deps.clock.now());
  let printed: string | undefined;
  let last: BatchSummary | undefined;
  for (;;) {
    const summary = await deps.batches.summary(batch);
    if (!summary) {
      if (last === undefined) return EXIT.ok;
      if (io.stop.aborted) return endWith(continuesText(last));
      if (await isListed(deps, batch)) continue;
      return endWith(`Batch ${batch} is missing from the ledger; submit the manifest again.`);
    }
    last = summary;
    const moment = omitUndefined({ summary, outlook: await outlookNow(), time });
    progress.show(barLine(moment, io.columns), plainLine(moment), isFinished(summary) || undefined);
    if (isFinished(summary)) {
      progress.end();
      return printOutcome(deps, summary, io);
    }
    const text = await delayText(deps, summary);
    if (text !== undefined && text !== printed) io.err(text);
    printed = text ?? printed;
    const stop = await deps.project.stopped();
    if (stop && !keepWaiting && isComplete(stop, deps.clock.now())) {
      progress.end();
      return printStop(stop, summary, io);
    }
    if (io.stop.aborted) return endWith(stoppedText(summary));
    const left = until - deps.clock.monotonic();
    if (left <= 0) return endWith(timedOutText(summary, timeoutMs));
    await deps.clock.sleep(Math.min(CHECK_MS, left), io.stop);
  }
}

function continuesText({ batch }: BatchSummary): string {
  return `No longer waiting; the import continues. See: ims-ferry status ${shellQuoted(batch)}`;
}

function timedOutText({ batch, counts }: BatchSummary, timeoutMs: number): string {
  const after = formatDuration(timeoutMs).replace(/ 00[ms]$/, '');
  return `Still waiting after ${after}: ${formatCounts(counts)}; the import continues. See: ims-ferry status ${shellQuoted(batch)}`;
}

/** Waits a moment first: when a batch's counts are lost, the workers count its images again. */
async function isListed({ batches, clock }: Waiting['deps'], batch: string): Promise<boolean> {
  await clock.sleep(CHECK_MS);
  return (await batches.names()).includes(batch);
}

/** Why it takes longer, or needs a person. */
async function delayText(deps: StatusDeps, summary: BatchSummary): Promise<string | undefined> {
  const { batch, isPaused, missing } = summary;
  const needed = missingText(batch, missing) ?? (await holdTexts(deps))[0];
  if (needed !== undefined) return needed;
  if (!isPaused) {
    const foreign = await foreignAnswers(deps);
    return foreign && obstacleText(foreign);
  }
  const alarm = await deps.project.others.alarm();
  const why = alarm ? `${escapeText(othersText(alarm))}. ` : '';
  return `${why}Batch ${batch} is paused. To resume: ims-ferry resume ${shellQuoted(batch)}`;
}

/** The worker that stops the project reads the quota right afterwards: wait a moment for it. */
function isComplete({ reason, free, at }: Stop, now: number): boolean {
  return reason !== 'quota' || free !== undefined || now - at > QUOTA_MS;
}

function printStop(stop: Stop, { counts }: BatchSummary, io: Io): ExitCode {
  const needs = `This batch needs ${counts.pending}, ${stop.free ?? '?'} free.`;
  const missing = stop.reason === 'quota' ? ` ${needs}` : '';
  io.err(`Stopped: ${stop.code}: ${stop.message.replace(/\.$/, '')}.${missing}`);
  io.err(`${formatCounts(counts)}. Nothing is lost.`);
  io.err(stop.advice ?? 'Fix the cause, then run: ims-ferry resume');
  return stop.reason === 'login' ? EXIT.unreachable : EXIT.imageFailed;
}

/** Lists every image that did not succeed, with code and reason from IMS. */
async function printOutcome(deps: StatusDeps, summary: BatchSummary, io: Io): Promise<ExitCode> {
  const { batch, counts, total, missing } = summary;
  const missingNote = missingText(batch, missing);
  if (missingNote !== undefined) io.err(missingNote);
  if (counts.succeeded === total) return missing === 0 ? EXIT.ok : EXIT.imageFailed;
  await printFailures(deps, summary, io);
  if (counts.held > 0) {
    io.err(
      `${counts.held} held, waiting for your decision: ims-ferry resolve ${shellQuoted(batch)}`,
    );
  }
  return EXIT.imageFailed;
}
