import { DEFAULT_TARGET, type NotifyTarget } from '../../shared/config/notify-config.ts';
import type { LedgerEvent } from '../../shared/ledger/outbox.ts';
import { withLease } from '../../shared/ledger/with-lease.ts';
import {
  type EventFacts,
  factsOf,
  namedIn,
  toNotification,
} from '../../shared/notify/notification.ts';
import { sendNotification } from '../../shared/notify/send.ts';
import { servedNames } from '../../shared/notify/target-notes.ts';
import { atMost, atMostEvery } from '../../shared/runtime/clock.ts';
import { doRounds } from '../rounds.ts';
import type { WorkerDeps } from '../step.ts';
import { createGatherer } from './gather-held.ts';
import type { Notifier } from './notifier.ts';
import { type Verdict, verdictOf } from './retry.ts';

type NotifyDeps = Pick<
  WorkerDeps,
  | 'batches'
  | 'clock'
  | 'config'
  | 'ledger'
  | 'log'
  | 'metrics'
  | 'project'
  | 'random'
  | 'stopping'
  | 'workerId'
>;

const LAST_MS = 1000;

/**
 * Delivers events until the worker stops: each target in a loop of its own, by one worker at a time. No import
 * waits for it.
 */
export function startNotifying(deps: NotifyDeps & Pick<WorkerDeps, 'notifier'>) {
  const { notifier, clock } = deps;
  if (!notifier) return { close: async () => undefined };
  const gather = createGatherer(deps);
  const rounds = notifier.targets.map((target) => createRound(deps, notifier, target));
  const everyMs = deps.config.lockMs / 6;
  const onError = (err: unknown) => deps.log.warn({ err }, 'notifications: round failed');
  const loops = Promise.all(
    [gather, ...rounds].map((round) => doRounds(deps, { everyMs, round, onError })),
  );
  return {
    close: async () => {
      await atMost(clock, LAST_MS, loops);
      await deliverLast(deps);
    },
  };
}

/** Before a worker ends: delivers what just happened, such as a lost login, if the receivers are quick. */
export async function deliverLast(deps: NotifyDeps & Pick<WorkerDeps, 'notifier'>): Promise<void> {
  const { notifier, clock } = deps;
  if (!notifier) return;
  const rounds = notifier.targets.map((target) => createRound(deps, notifier, target)());
  await atMost(clock, LAST_MS, Promise.allSettled(rounds));
  await notifier.poster.close();
}

const WARN_EVERY_MS = 60_000;

/** One round for one target: takes over what is new, and delivers what is due. */
export function createRound(
  deps: NotifyDeps,
  notifier: Notifier,
  target: NotifyTarget,
): () => Promise<void> {
  const { project, clock, config, workerId } = deps;
  const isWarned = atMostEvery(clock, WARN_EVERY_MS);
  const lease = { project, clock, owner: workerId, lockMs: config.lockMs };
  const work = async (): Promise<void> => {
    await takeNew(deps, notifier, target);
    await deliverDue({ ...deps, notifier, isWarned }, target);
  };
  return async () => void (await withLease(`notify-${target.name}`, lease, work));
}

const TAKEN_AT_ONCE = 200;
/** A manifest is registered in pages: only after this is it clear that all its images were there already. */
const JOINED_MS = 20_000;

async function takeNew(deps: NotifyDeps, notifier: Notifier, target: NotifyTarget): Promise<void> {
  const { project, clock } = deps;
  const { outbox } = project;
  const now = Math.round(clock.now());
  const from = await outbox.serve(target.name, target.host, now);
  const { events, last: to } = await outbox.eventsAfter(from, TAKEN_AT_ONCE);
  if (to === from) return;
  const wanted = events.filter((event) => isFor(target, factsOf(event)));
  if (notifier.targets[0] === target) await warnOfUnknown(deps, events);
  const due = wanted.map(({ id, joined }) => ({ id, at: joined ? now + JOINED_MS : now }));
  await outbox.take(target.name, { from, to, due });
}

async function warnOfUnknown(
  { project, log }: NotifyDeps,
  events: readonly LedgerEvent[],
): Promise<void> {
  const known = new Set(servedNames(await project.outbox.targets()));
  for (const event of events) {
    const facts = factsOf(event);
    const target = facts && namedIn(facts);
    if (target === undefined || known.has(target)) continue;
    log.warn({ batch: event.batch, target }, 'no worker has the target that this batch notifies');
  }
}

/** The default target gets everything; others what concerns all, and the batches that name them. */
function isFor({ name }: NotifyTarget, facts: EventFacts | undefined): boolean {
  if (!facts) return false;
  const isOfProject = facts.type === 'project.stopped' || facts.type === 'project.resumed';
  return name === DEFAULT_TARGET || isOfProject || namedIn(facts) === name;
}

type DeliverDeps = NotifyDeps & {
  readonly notifier: Notifier;
  /** True at most once a minute. */
  readonly isWarned: () => boolean;
};

const DUE_AT_ONCE = 20;
const REPLACED = { reason: 'newer events have replaced one that was not delivered' };

function wallNow({ clock }: NotifyDeps): number {
  return Math.round(clock.wall.now());
}

/** Ends at the first failure: others are tried in the next round, and do not wait behind this one. */
async function deliverDue(deps: DeliverDeps, target: NotifyTarget): Promise<void> {
  const { outbox } = deps.project;
  for (const { id, tries } of await outbox.due(target.name, deps.clock.now(), DUE_AT_ONCE)) {
    const event = await outbox.event(id);
    if (!event) {
      await outbox.settle(target.name, id, { outcome: 'dropped', ...REPLACED, now: wallNow(deps) });
      deps.log.error({ target: target.name, ...REPLACED }, 'notification given up');
      continue;
    }
    const facts = await factsNow(deps, event);
    if (!facts) {
      await outbox.settle(target.name, id, { outcome: 'obsolete' });
      continue;
    }
    const verdict = await attempt(deps, target, { event, facts, tries });
    if (verdict.outcome === 'failed') return;
  }
}

/** `undefined`: it is no longer true. */
async function factsNow({ batches }: NotifyDeps, event: LedgerEvent) {
  const facts = factsOf(event);
  if (!event.joined || facts?.type !== 'batch.finished') return facts;
  const batch = await batches.summary(facts.batch.batch);
  return batch && batch.finishedAt === facts.batch.finishedAt ? { ...facts, batch } : undefined;
}

interface Attempt {
  readonly event: LedgerEvent;
  readonly facts: EventFacts;
  readonly tries: number;
}

async function attempt(
  { notifier, clock, random, project, config, log, metrics, isWarned }: DeliverDeps,
  target: NotifyTarget,
  { event, facts, tries }: Attempt,
): Promise<Verdict> {
  const { namespace } = config;
  const { name, host } = target;
  const notification = toNotification(event, facts, { ...notifier, namespace });
  const { id, type, batch } = notification;
  const { poster } = notifier;
  const result = await sendNotification(notification, { poster, target, now: clock.wall.now() });
  const verdict = verdictOf(result, tries, random);
  const now = Math.round(clock.wall.now());
  metrics.notified(name, verdict.outcome);
  const about = { target: name, host, event: id, type, batch };
  switch (verdict.outcome) {
    case 'delivered':
      await project.outbox.settle(name, event.id, verdict);
      log.info(about, 'notification delivered');
      break;
    case 'failed': {
      const { reason, pauseMs } = verdict;
      const at = Math.round(clock.now() + pauseMs);
      await project.outbox.settle(name, event.id, { outcome: 'failed', at, reason, now });
      const details = { ...about, reason, tries: tries + 1, pauseMs };
      if (isWarned()) log.warn(details, 'notification not delivered, tried again later');
      break;
    }
    case 'dropped':
      await project.outbox.settle(name, event.id, { ...verdict, now });
      log.error({ ...about, reason: verdict.reason }, 'notification given up');
  }
  return verdict;
}
