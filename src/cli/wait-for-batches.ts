import {
  foreignText,
  missingText,
  type StatusDeps,
  stopStatus,
  waitingText,
} from '../producer/batch-status.ts';
import { formatCounts, formatDuration, isFinished, settledCount } from '../producer/progress.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { type BatchSummary, batchEntries } from '../shared/ledger/batch-store.ts';
import { othersText } from '../shared/ledger/foreign.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Stop } from '../shared/ledger/project-store.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import type { Io } from './io.ts';
import { createWaitProgress } from './progress-line.ts';

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

const LOOK_MS = 250;
const FREE_MS = 5000;

/** Shows progress until every image of the batches has its outcome; returns the exit code. */
export async function waitForBatches(waiting: Waiting, io: Io): Promise<ExitCode> {
  const { deps, timeoutMs = Number.POSITIVE_INFINITY } = waiting;
  const until = deps.clock.monotonic() + timeoutMs;
  let worst: ExitCode = EXIT.ok;
  for (const batch of waiting.batches) {
    const code = await waitForBatch({ ...waiting, until }, batch, io);
    if (code === EXIT.unreachable || io.stop.aborted) return code;
    if (code !== EXIT.ok) worst = code;
  }
  return worst;
}

interface WaitingUntil extends Waiting {
  /** By `clock.monotonic()`. */
  readonly until: number;
}

async function waitForBatch(waiting: WaitingUntil, batch: string, io: Io): Promise<ExitCode> {
  const { deps } = waiting;
  const line = createWaitProgress(io, deps.clock);
  const start = deps.clock.monotonic();
  let settledAtStart: number | undefined;
  let printed: string | undefined;
  let last: BatchSummary | undefined;
  for (;;) {
    const summary = await deps.batches.summary(batch);
    if (!summary) {
      if (last === undefined || isFinished(last)) return EXIT.ok;
      if (!io.stop.aborted && (await isListed(deps, batch))) continue;
      line.end();
      io.err(io.stop.aborted ? continuesText(last) : missingBatch(batch));
      return EXIT.imageFailed;
    }
    last = summary;
    settledAtStart ??= settledCount(summary.counts);
    const elapsedMs = deps.clock.monotonic() - start;
    line.show({ summary, elapsedMs, settledAtStart });
    if (isFinished(summary)) {
      line.end();
      await printTroubled(deps, summary, io);
      const { counts, total, missing } = summary;
      return counts.succeeded === total && missing === 0 ? EXIT.ok : EXIT.imageFailed;
    }
    const text = await delayText(deps, summary);
    if (text !== undefined && text !== printed) io.err(text);
    printed = text ?? printed;
    const stop = await deps.project.stopped();
    if (stop && !waiting.keepWaiting && isComplete(stop, deps.clock.now())) {
      line.end();
      return printStop(deps, { stop, summary }, io);
    }
    const end = whyNoLonger(waiting, summary, io);
    if (end !== undefined) {
      line.end();
      io.err(end);
      return EXIT.imageFailed;
    }
    const left = waiting.until - deps.clock.monotonic();
    await deps.clock.sleep(Math.min(LOOK_MS, left), io.stop);
  }
}

/** Why the waiting ends early; `undefined` while it continues. */
function whyNoLonger(
  { deps, until, timeoutMs = 0, stoppedText = continuesText }: WaitingUntil,
  summary: BatchSummary,
  { stop }: Io,
): string | undefined {
  const { batch, counts } = summary;
  if (stop.aborted) return stoppedText(summary);
  if (deps.clock.monotonic() < until) return undefined;
  const after = formatDuration(timeoutMs).replace(/ 00[ms]$/, '');
  return `Still waiting after ${after}: ${formatCounts(counts)}; the import continues. See: ims-ferry status ${batch}`;
}

function continuesText({ batch }: BatchSummary): string {
  return `No longer waiting; the import continues. See: ims-ferry status ${batch}`;
}

function missingBatch(batch: string): string {
  return `Batch ${batch} is missing from the ledger; submit the manifest again.`;
}

/** Waits a moment first: when a batch's counts are lost, the workers count its images again. */
async function isListed({ batches, clock }: Waiting['deps'], batch: string): Promise<boolean> {
  await clock.sleep(LOOK_MS);
  return (await batches.names()).includes(batch);
}

/** Why it takes longer, or needs a person. */
async function delayText(deps: StatusDeps, summary: BatchSummary): Promise<string | undefined> {
  const missing = missingText(summary.batch, summary.missing);
  return (
    missing ??
    (await waitingText(deps)) ??
    (await pausedText(deps, summary)) ??
    (await foreignText(deps))
  );
}

async function pausedText(
  { project }: Pick<StatusDeps, 'project'>,
  { batch, isPaused }: BatchSummary,
): Promise<string | undefined> {
  if (!isPaused) return undefined;
  const alarm = await project.others.alarm();
  const why = alarm ? `${escapeText(othersText(alarm))}. ` : '';
  return `${why}Batch ${batch} is paused. To resume: ims-ferry resume ${batch}`;
}

/** The worker that stops the project reads the quota right afterwards: wait a moment for it. */
function isComplete({ reason, free, at }: Stop, now: number): boolean {
  return reason !== 'quota' || free !== undefined || now - at > FREE_MS;
}

async function printStop(
  deps: StatusDeps,
  at: { readonly stop: Stop; readonly summary: BatchSummary },
  io: Io,
): Promise<ExitCode> {
  const { stop, summary } = at;
  const status = await stopStatus(deps, summary.counts);
  const missing =
    status?.needs == null ? '' : ` This batch needs ${status.needs}, ${status.free ?? '?'} free.`;
  io.err(`Stopped: ${stop.code}: ${stop.message.replace(/\.$/, '')}.${missing}`);
  io.err(`${formatCounts(summary.counts)}. Nothing is lost.`);
  io.err(stop.advice ?? 'Fix the cause, then run: ims-ferry resume');
  return stop.reason === 'login' ? EXIT.unreachable : EXIT.imageFailed;
}

/** Lists every image that did not succeed, with code and reason from IMS. */
async function printTroubled(deps: StatusDeps, summary: BatchSummary, io: Io): Promise<void> {
  const missing = missingText(summary.batch, summary.missing);
  if (missing !== undefined) io.err(missing);
  if (summary.counts.succeeded === summary.total) return;
  for await (const entry of batchEntries(deps, summary.batch)) {
    const text = troubleText(entry);
    if (text !== undefined) io.err(text);
  }
  const { held } = summary.counts;
  if (held > 0)
    io.err(`${held} held, waiting for your decision: ims-ferry resolve ${summary.batch}`);
}

function troubleText({ state, request }: LedgerEntry): string | undefined {
  switch (state.status) {
    case 'failed':
    case 'unknown': {
      const { code, message, advice, requestId } = state.reason;
      const request_id = requestId === undefined ? '' : ` (request ${requestId})`;
      const next = advice === undefined ? '' : `\n  ${escapeText(advice)}`;
      const line = `${state.status} ${request.name}: ${code}: ${message}${request_id}`;
      return `${escapeText(line)}${next}`;
    }
    case 'cancelled':
      return `cancelled ${request.name}`;
    case 'pending':
    case 'submitting':
    case 'creating':
    case 'succeeded':
      return undefined;
  }
}
