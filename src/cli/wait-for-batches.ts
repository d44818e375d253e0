import { foreignText, frozenText, type StatusDeps, stopStatus } from '../producer/batch-status.ts';
import { escapeText } from '../producer/manifest/issue.ts';
import {
  barLine,
  formatCounts,
  formatDuration,
  isFinished,
  type Moment,
  plainLine,
  settledCount,
} from '../producer/progress.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { batchEntries } from '../shared/ledger/batch-entries.ts';
import type { BatchSummary } from '../shared/ledger/batch-ledger.ts';
import { othersText } from '../shared/ledger/foreign-images.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Stop } from '../shared/ledger/project-ledger.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import type { Io } from './io.ts';

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
const PLAIN_LINE_MS = 5000;
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
  for (;;) {
    const summary = await deps.batches.summary(batch);
    if (!summary) return EXIT.ok;
    settledAtStart ??= settledCount(summary.counts);
    const elapsedMs = deps.clock.monotonic() - start;
    line.show({ summary, elapsedMs, settledAtStart });
    if (isFinished(summary)) {
      line.end();
      await printTroubled(deps, summary, io);
      return summary.counts.succeeded === summary.total ? EXIT.ok : EXIT.imageFailed;
    }
    const text =
      (await frozenText(deps)) ?? (await pausedText(deps, summary)) ?? (await foreignText(deps));
    if (text !== undefined && text !== said) io.err(text);
    said = text ?? said;
    const stop = await deps.project.stopped();
    if (stop && !waiting.keepWaiting && isComplete(stop, deps.clock.now())) {
      line.end();
      return printStop(deps, { stop, summary }, io);
    }
    const last = lastWord(waiting, summary, io);
    if (last !== undefined) {
      line.end();
      io.err(last);
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

interface ProgressLine {
  show(moment: Moment): void;
  end(): void;
}

/** A bar that is drawn over on a terminal; elsewhere a line when something changed, every 5 s. */
function createProgressLine(io: Io, clock: Clock): ProgressLine {
  let last = '';
  let lastAt = Number.NEGATIVE_INFINITY;
  if (io.terminal) {
    return {
      show: (moment) => io.draw(`\r\u001b[2K${barLine(moment, io.columns)}`),
      end: () => io.draw('\n'),
    };
  }
  const print = (moment: Moment): void => {
    const text = plainLine(moment);
    if (text === last) return;
    last = text;
    lastAt = clock.monotonic();
    io.err(text);
  };
  return {
    show: (moment) => {
      const due = clock.monotonic() - lastAt >= PLAIN_LINE_MS;
      if (due || isFinished(moment.summary)) print(moment);
    },
    end: () => undefined,
  };
}
