import {
  foreignText,
  missingText,
  type StatusDeps,
  stopStatus,
  waitingText,
} from '../producer/batch-status.ts';
import { formatCounts, isFinished } from '../producer/progress.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { batchEntries } from '../shared/ledger/batch-entries.ts';
import type { BatchSummary } from '../shared/ledger/batch-ledger.ts';
import { othersText } from '../shared/ledger/foreign-images.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Stop } from '../shared/ledger/project-ledger.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { formatDuration } from '../ui/format.ts';
import { settledCount } from '../ui/states.ts';
import type { Io } from './io.ts';
import { createProgressLine } from './progress-line.ts';

export interface Waiting {
  readonly deps: StatusDeps & { readonly clock: Clock };
  readonly batches: readonly string[];
  /** Stay although the project is stopped until a person does something. */
  readonly keepWaiting: boolean;
  /** How long to wait for all of them; absent: until they have their outcome. */
  readonly timeoutMs?: number;
  /** What is said when it is stopped; absent: that the import goes on. */
  readonly stoppedText?: (summary: BatchSummary) => string;
}

const LOOK_MS = 250;
const FREE_MS = 5000;

/** Shows progress until every image of the batches has its outcome; answers the exit code. */
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
  const line = createProgressLine(io, deps.clock);
  const start = deps.clock.monotonic();
  let settledAtStart: number | undefined;
  let said: string | undefined;
  let last: BatchSummary | undefined;
  for (;;) {
    const summary = await deps.batches.summary(batch);
    if (!summary) {
      if (last === undefined || isFinished(last)) return EXIT.ok;
      if (!io.stop.aborted && (await isListed(deps, batch))) continue;
      line.end();
      io.err(io.stop.aborted ? goesOnText(last) : missingBatch(batch));
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
    const text = await textFor(deps, summary);
    if (text !== undefined && text !== said) io.err(text);
    said = text ?? said;
    const stop = await deps.project.stopped();
    if (stop && !waiting.keepWaiting && isComplete(stop, deps.clock.now())) {
      line.end();
      return printStop(deps, { stop, summary }, io);
    }
    const end = lastWord(waiting, summary, io);
    if (end !== undefined) {
      line.end();
      io.err(end);
      return EXIT.imageFailed;
    }
    const left = waiting.until - deps.clock.monotonic();
    await deps.clock.sleep(Math.min(LOOK_MS, left), io.stop);
  }
}

/** Why it is not waited for any longer, or nothing. */
function lastWord(
  { deps, until, timeoutMs = 0, stoppedText = goesOnText }: WaitingUntil,
  summary: BatchSummary,
  { stop }: Io,
): string | undefined {
  const { batch, counts } = summary;
  if (stop.aborted) return stoppedText(summary);
  if (deps.clock.monotonic() < until) return undefined;
  const after = formatDuration(timeoutMs).replace(/ 00[ms]$/, '');
  return `Still waiting after ${after}: ${formatCounts(counts)}; the import goes on. See: ims-ferry status ${batch}`;
}

function goesOnText({ batch }: BatchSummary): string {
  return `No longer waiting; the import goes on. See: ims-ferry status ${batch}`;
}

function missingBatch(batch: string): string {
  return `Batch ${batch} is missing from the ledger; submit the manifest again.`;
}

/** After a while: its counts are missing, and the workers count again what is listed. */
async function isListed({ batches, clock }: Waiting['deps'], batch: string): Promise<boolean> {
  await clock.sleep(LOOK_MS);
  return (await batches.names()).includes(batch);
}

/** Why it takes longer than it would, or needs a person. */
async function textFor(deps: StatusDeps, summary: BatchSummary): Promise<string | undefined> {
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
  return `${why}Batch ${batch} is paused. To go on: ims-ferry resume ${batch}`;
}

/** The worker that stops the project reads the quota right after that: worth a moment. */
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
  io.err(stop.advice ?? 'Mend the cause, then run: ims-ferry resume');
  return stop.reason === 'login' ? EXIT.unreachable : EXIT.imageFailed;
}

/** Names every image that did not succeed, with the code and the reason that IMS gave. */
async function printTroubled(deps: StatusDeps, summary: BatchSummary, io: Io): Promise<void> {
  const missing = missingText(summary.batch, summary.missing);
  if (missing !== undefined) io.err(missing);
  if (summary.counts.succeeded === summary.total) return;
  for await (const entry of batchEntries(deps, summary.batch)) {
    const text = troubleText(entry);
    if (text !== undefined) io.err(text);
  }
  const { held } = summary.counts;
  if (held > 0) io.err(`${held} held for you to settle: ims-ferry resolve ${summary.batch}`);
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
