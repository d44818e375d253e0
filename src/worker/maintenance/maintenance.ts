import { LedgerMismatchError } from '../../shared/errors/errors.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { LEDGER_SCHEMA } from '../../shared/ledger/ledger-keys.ts';
import { triggerOf, type WaitingSubmits } from '../../shared/queues/queues.ts';
import { wholeMs } from '../../shared/runtime/clock.ts';
import { reportGeneration } from '../generation.ts';
import { graceMs, pendingDueMs } from '../record.ts';
import { freeQuota } from '../settle-answer.ts';
import type { WorkerDeps } from '../step.ts';
import { createHealer } from './heal.ts';

/** What a worker does beside its queue jobs, until it stops. */
export async function runMaintenance(
  deps: WorkerDeps,
  onFatal: (error: Error) => void,
): Promise<void> {
  await Promise.all([keepTime(deps), runCycles(deps, onFatal)]);
}

/** When the worker that keeps the history is gone, another one takes its lease within one lock. */
const PATIENCE_LOCKS = 1.5;
/** Locks between two checks of the types of the ledger's keys. */
const TYPES_LOCKS = 5;

/**
 * What one worker at a time does for all: finding forgotten imports, healing the ledger, and lifting a quota
 * stop when there is room again. An error costs one cycle, unless no cycle can fix it.
 */
async function runCycles(deps: WorkerDeps, onFatal: (error: Error) => void): Promise<void> {
  const { clock, stopping, config, log } = deps;
  const everyMs = Math.max(200, config.lockMs / 4);
  const rare = {
    types: seldom(deps, () => checkTypes(deps, false), TYPES_LOCKS),
    quota: seldom(deps, async () => {
      await deps.queues.shortenLocks(config.lockMs);
      await liftQuotaStop(deps);
      await deps.ledger.owners.forgetReleased();
    }),
    heal: seldom(deps, createHealer(deps)),
  };
  let hasFailed = false;
  while (!stopping.aborted) {
    try {
      // With a key of a wrong type no cycle would get to its end.
      await (hasFailed ? checkTypes(deps, true) : rare.types());
      hasFailed = false;
      // Others check it when they need it; a worker with nothing to create has to notice as well.
      await deps.fitness.look();
      // Not under the lease: a worker of an older version may hold it. Again in each cycle: Redis may have got an old backup.
      await takeOver(deps);
      await runCycle(deps, rare);
    } catch (error) {
      if (error instanceof LedgerMismatchError) return onFatal(error);
      hasFailed = true;
      if (!stopping.aborted) log.warn({ err: error }, 'maintenance cycle failed');
    }
    await clock.sleep(everyMs * (0.9 + 0.2 * deps.random.next()), stopping);
  }
}

async function runCycle(
  deps: WorkerDeps,
  rare: Readonly<Record<'quota' | 'heal', () => Promise<void>>>,
): Promise<void> {
  const { clock, config, log } = deps;
  const now = clock.wall.now();
  const { maxInFlight, submitRate } = config;
  const until = now + config.lockMs;
  await deps.project.beat(deps.workerId, { now, until, maxInFlight, submitRate });
  await reportGeneration(deps);
  await deps.project.claim.keep();
  await deps.pace.refresh();
  const keeps = await deps.project.lease('duties', deps.workerId, config.lockMs);
  const throttled = deps.pace.takeThrottled();
  const patienceMs = PATIENCE_LOCKS * config.lockMs;
  await deps.project.history.note({ now, limit: maxInFlight, throttled, keeps, patienceMs });
  if (!keeps) return;
  await buildIndex(deps);
  const enqueued = await sweep(deps);
  if (enqueued > 0) log.warn({ enqueued }, 'overdue imports enqueued again');
  await rare.quota();
  await rare.heal();
}

/** Runs a task once in this many locks. */
function seldom(
  { clock, config }: Pick<WorkerDeps, 'clock' | 'config'>,
  task: () => Promise<void>,
  locks = 1,
): () => Promise<void> {
  let nextAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.monotonic() < nextAt) return;
    nextAt = clock.monotonic() + locks * config.lockMs;
    await task();
  };
}

async function checkTypes(
  { guard, log }: Pick<WorkerDeps, 'guard' | 'log'>,
  isThorough: boolean,
): Promise<void> {
  const keys = await guard.healer.checkTypes(isThorough);
  if (keys.length === 0) return;
  log.error({ keys }, 'keys of the ledger had the wrong type, or were missing: set aside, rebuilt');
}

/** A quota stop ends by itself once the quota has room; the others need a person. */
export async function liftQuotaStop(
  deps: Pick<WorkerDeps, 'project' | 'ims' | 'log'>,
): Promise<void> {
  const stop = await deps.project.stopped();
  if (stop?.reason !== 'quota') return;
  const free = await freeQuota(deps);
  if (free === undefined || free === 0) return;
  // It had no limit when the create was refused, either: only a person can find out what that is about.
  if (free === Number.POSITIVE_INFINITY && stop.unlimited) return;
  await deps.project.resume();
  deps.log.info({ free }, 'the quota has room again, resuming');
}

const PAGE = 200;

type SweepDeps = Pick<
  WorkerDeps,
  'clock' | 'random' | 'config' | 'ledger' | 'queues' | 'project' | 'stopping'
>;

/**
 * Enqueues imports that should have moved by now and have no queue job any more: removed on the dashboard,
 * lost with a killed process, or never added. Promotes those that are only delayed. Its cost grows with what
 * is overdue. Returns how many were enqueued.
 */
export async function sweep(deps: SweepDeps): Promise<number> {
  const { clock, random, config, ledger, queues, stopping } = deps;
  let enqueued = 0;
  let waits: WaitingSubmits | undefined;
  for (;;) {
    const now = clock.now();
    const jitter = 1 + random.next();
    // Put off for a moment only: should this worker die now, the next one finds them.
    const keys = await ledger.sweep(now, PAGE, now + graceMs(config) * jitter);
    const waiting: string[] = [];
    const answering: string[] = [];
    // Not before something is overdue, and once for all of it.
    if (keys.length > 0) waits ??= await queues.waitingSubmits();
    for (const entry of await ledger.readMany(keys)) {
      const isPending = entry.state.status === 'pending';
      if (isPending && waits?.has(triggerOf(entry))) waiting.push(entry.key);
      else if (await mayStillAnswer(deps, entry)) answering.push(entry.key);
      else if (await enqueueAgain(deps, entry)) enqueued += 1;
      else if (isPending) waiting.push(entry.key);
    }
    await ledger.putOff(waiting, now + pendingDueMs(config) * jitter);
    await ledger.putOff(answering, now + config.lockMs / 4);
    if (keys.length < PAGE || stopping.aborted) return enqueued;
  }
}

/** False when its queue job exists and is well. */
async function enqueueAgain({ queues, ledger }: SweepDeps, entry: LedgerEntry): Promise<boolean> {
  const queue = entry.state.status === 'pending' ? 'submit' : 'poll';
  if (await queues.promote(triggerOf(entry), queue)) return false;
  const trigger = { ...triggerOf(entry), queued: await ledger.requeued(entry.key) };
  if (queue === 'submit') await queues.addSubmits([trigger]);
  else await queues.addPoll(trigger, 0);
  return true;
}

/**
 * True while the sender of an intent may still get its answer, so that nobody should take it for gone. A
 * paused or cut-off worker counts as gone; its deadline keeps it from sending.
 */
async function mayStillAnswer(
  { clock, config, project }: SweepDeps,
  { state }: LedgerEntry,
): Promise<boolean> {
  if (state.status !== 'submitting') return false;
  const now = clock.now();
  if (now <= state.sendBy) return true;
  const latest = state.sendBy + config.postTimeoutMs + graceMs(config);
  const [workerId = ''] = state.sender.split('.');
  return now < latest && (await project.isAlive(workerId, clock.wall.now()));
}

/** Longer than a cycle takes, and short beside the window that it lengthens. */
const TIME_STEP = { windowShare: 1 / 6, leastMs: 250, mostMs: 5000 };
/** Ticks within one step: a late one loses nothing yet. */
const TICKS_A_STEP = 2.5;

/**
 * Adds to the fleet's time what passes by this worker's monotonic clock, while it has the lease for that;
 * otherwise reads what another worker has added.
 */
async function keepTime(deps: WorkerDeps): Promise<void> {
  const { clock, config, project, random, stopping, workerId, log } = deps;
  const { windowShare, leastMs, mostMs } = TIME_STEP;
  // What one addition counts for at most; every window is longer by as much.
  const shareMs = windowShare * config.unknown.windowMs;
  const stepMs = wholeMs(Math.min(mostMs, Math.max(leastMs, shareMs)));
  const leaseMs = config.lockMs;
  while (!stopping.aborted) {
    try {
      await clock.tick({ workerId, tick: random.id(9), stepMs, leaseMs });
    } catch (error) {
      if (!stopping.aborted) log.debug({ err: error }, 'fleet time not read');
    }
    // Often enough to keep the lease, too.
    await clock.sleep(Math.min(stepMs / TICKS_A_STEP, leaseMs / 2), stopping);
  }
  // Another worker continues at once.
  await project.release('time', workerId).catch(() => undefined);
}

/** SIGTERM ends a worker within 5 s; one that learns that it is too old ends in the same way. */
const OLD_WORKER_ENDS_MS = 5000;

type TakeOverDeps = Pick<WorkerDeps, 'ledger' | 'guard' | 'log'>;

/**
 * Takes over a ledger that an older version has written: its workers are refused from now on, and creates
 * wait until they have ended and the index of images is built. Does nothing for a ledger of this version.
 */
export async function takeOver({ ledger, log }: TakeOverDeps): Promise<void> {
  const schema = await ledger.owners.raiseSchema(OLD_WORKER_ENDS_MS);
  if (schema === 0 || schema >= LEDGER_SCHEMA) return;
  log.warn(
    { schema },
    'taking over the ledger of an older version: creates wait until its workers have ended',
  );
}

/** One worker builds the index, once no worker of the older version is left that would not keep it. */
export async function buildIndex(deps: TakeOverDeps): Promise<void> {
  const { ledger, guard, log } = deps;
  if (await ledger.owners.isComplete()) return;
  await takeOver(deps);
  if ((await guard.waiting()) !== undefined) return;
  const clashes = await ledger.owners.build();
  for (const { imageId, owner, key } of clashes) {
    log.error({ imageId, key, owner }, 'two imports of the ledger name one image');
  }
  log.info({ clashes: clashes.length }, 'the images of the ledger are entered in the index');
}
