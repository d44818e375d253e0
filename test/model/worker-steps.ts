import type { ImportEvent } from '../../src/shared/state/import-event.ts';
import { incarnation, type Progress } from '../../src/shared/state/import-state.ts';
import { transition } from '../../src/shared/state/transition.ts';
import { type Image, listed, type Rules, type Worker, type World } from './world.ts';

/** A step has a name, for the trace, and the world after it. */
export type Step = readonly [name: string, world: World];

const IDLE: Worker = { at: 'idle' };
const REASON = { code: 'X', message: '' };

/** Everything that worker `index` may do next. */
export function workerSteps(world: World, index: 0 | 1, rules: Rules): Step[] {
  const worker = world.workers[index];
  const be = (next: Worker, changes: Partial<World> = {}): World =>
    withWorker({ ...world, ...changes }, index, next);
  switch (worker.at) {
    case 'idle':
      return idleSteps(world, rules, be);
    case 'intent':
      return sendSteps(world, worker, { rules, be });
    case 'sent':
      return answerSteps(world, worker, be);
    case 'looking':
      return [['list asked', be({ at: 'verdict', event: lookUp(world, worker, rules) })]];
    case 'listed':
      return [['scan joined with ledger', joined(world, worker, be)]];
    case 'verdict':
      return [[`record ${worker.event.type}`, record(world, worker, { rules, be })]];
    case 'stale': {
      const next = transition(worker.read, {
        type: 'admitted',
        sendBy: world.intents + 1,
        sender: '',
      });
      return next ? [['admit without compare', admit(world, next, be)]] : [];
    }
  }
}

export type Be = (next: Worker, changes?: Partial<World>) => World;

export function withWorker(world: World, index: 0 | 1, next: Worker): World {
  const [first, second] = world.workers;
  return { ...world, workers: index === 0 ? [next, second] : [first, next] };
}

function idleSteps(world: World, rules: Rules, be: Be): Step[] {
  const { ledger } = world;
  const { state } = ledger;
  const of = incarnation(ledger);
  const steps: Step[] = [];
  const isFrozen = world.isFrozen && rules.hasGuard;
  if (!world.isScanned && !isFrozen)
    steps.push(['scan lists', be({ at: 'listed', images: listed(world), scan: world.scansAsked })]);
  switch (state.status) {
    case 'pending': {
      steps.push(...knownSteps(world, of, be));
      const mayEnter = world.isScanned && !isFrozen && world.intents < rules.mostIntents;
      if (mayEnter && !rules.hasCompare)
        steps.push(['read pending', be({ at: 'stale', read: ledger })]);
      const sendBy = world.intents + 1;
      const next = transition(ledger, { type: 'admitted', sendBy, sender: '' });
      if (mayEnter && next)
        steps.push(['admit', admit(world, rules.hasIntent ? next : ledger, be)]);
      return steps;
    }
    case 'submitting':
      if (world.late.includes(state.sendBy)) {
        const event = { type: 'unclear', epoch: ledger.epoch, reason: REASON, at: 0 } as const;
        steps.push(['sender gone', be({ at: 'verdict', event })]);
      }
      return steps;
    case 'unknown': {
      if (state.held) return steps;
      const isOver = world.closed.includes(state.sendBy) || !rules.hasWindow;
      steps.push(['look-up begins', be({ at: 'looking', of, isOver })]);
      return steps;
    }
    case 'creating':
      return [...steps, ...pollSteps(world, of, be)];
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return steps;
  }
}

/** One of which an image is known: taken over when it shows, created again when it is really gone. */
function knownSteps(world: World, of: string, be: Be): Step[] {
  const [known] = world.ledger.seenImageIds;
  if (known === undefined) return [];
  const image = listed(world).find(({ id }) => id === known);
  if (image)
    return [['known image is there', be({ at: 'verdict', event: foundEvent(of, [image]) })]];
  const lives = world.jobs.some(
    ({ intent, status }) => `I${intent}` === known && status !== 'failed',
  );
  if (lives) return [];
  const event = { type: 'gone', of, isProven: true, at: 0 } as const;
  return [['known image is gone', be({ at: 'verdict', event })]];
}

function admit(world: World, ledger: Progress, be: Be): World {
  const intent = world.intents + 1;
  // Where no intent is written the worker still sends under the next epoch.
  const epoch = ledger.state.status === 'submitting' ? ledger.epoch : ledger.epoch + 1;
  return be({ at: 'intent', intent, epoch }, { ledger, intents: intent });
}

function sendSteps(
  world: World,
  worker: Extract<Worker, { at: 'intent' }>,
  { rules, be }: { readonly rules: Rules; readonly be: Be },
): Step[] {
  const { intent, epoch } = worker;
  const unsent = { type: 'not-sent', epoch, reason: REASON, at: 0 } as const;
  const steps: Step[] = [['not sent', be({ at: 'verdict', event: unsent })]];
  if (!rules.hasDeadline || !world.late.includes(intent)) {
    const requests = [...world.requests, intent];
    steps.push(['SEND', be({ at: 'sent', intent, epoch }, { requests })]);
  }
  return steps;
}

function answerSteps(world: World, worker: Extract<Worker, { at: 'sent' }>, be: Be): Step[] {
  const { intent, epoch } = worker;
  const unclear = { type: 'unclear', epoch, reason: REASON, at: 0 } as const;
  const steps: Step[] = [['no answer', be({ at: 'verdict', event: unclear })]];
  if (world.jobs.some((job) => job.intent === intent)) {
    const event = { type: 'accepted', epoch, jobId: `J${intent}`, at: 0 } as const;
    steps.push(['answer with job id', be({ at: 'verdict', event })]);
  }
  const { budget, requests } = world;
  if (budget.refusals > 0 && requests.includes(intent)) {
    const event = { type: 'refused', epoch, reason: REASON, at: 0 } as const;
    const changes = {
      requests: requests.filter((one) => one !== intent),
      budget: { ...budget, refusals: budget.refusals - 1 },
    };
    steps.push(['refused', be({ at: 'verdict', event }, changes)]);
  }
  return steps;
}

function lookUp(
  world: World,
  { of, isOver }: Extract<Worker, { at: 'looking' }>,
  rules: Rules,
): ImportEvent {
  const images = listed(world);
  if (images.length > 0) return foundEvent(of, images);
  const decided = rules.policy === 'hold' ? 'hold' : 'resubmit';
  return { type: 'not-found', of, verdict: isOver ? decided : 'look-again', at: 0 };
}

export function foundEvent(of: string, images: readonly Image[]): ImportEvent {
  const [image, ...more] = images;
  if (!image || more.length > 0) {
    return { type: 'found-many', of, imageIds: images.map(({ id }) => id), at: 0 };
  }
  return { type: 'found', of, image, at: 0 };
}

/** The scan adopts for what is pending or failed, and is over with that. */
function joined(world: World, worker: Extract<Worker, { at: 'listed' }>, be: Be): World {
  const { images, scan } = worker;
  const { status } = world.ledger.state;
  const isWanted = status === 'pending' || status === 'failed';
  if (images.length === 0 || !isWanted) return be(IDLE, scanEnds(world, scan));
  const event = foundEvent(incarnation(world.ledger), images);
  return be({ at: 'verdict', event, endsScan: scan });
}

/** A scan that began before the last one was asked for does not count. */
function scanEnds(world: World, scan: number): Partial<World> {
  return scan === world.scansAsked ? { isScanned: true } : {};
}

/** A poll believes SUCCESS only with an active image; FAIL is final. */
function pollSteps(world: World, of: string, be: Be): Step[] {
  const { state } = world.ledger;
  if (state.status !== 'creating') return [];
  const intent = Number((state.jobId ?? state.imageId ?? 'J0').slice(1));
  const job = world.jobs.find((one) => one.intent === intent);
  const steps: Step[] = [];
  const verdict = (name: string, event: ImportEvent, changes: Partial<World> = {}): void =>
    void steps.push([name, be({ at: 'verdict', event }, changes)]);
  // The window of what is lost is that of its intent.
  const lost = { type: 'lost', of, reason: REASON, at: intent, hold: false } as const;
  if (job?.isHidden) verdict('image hidden', lost);
  if (job?.status === 'success' && !job.isHidden) {
    const imageId = `I${intent}`;
    const isOther = state.imageId !== undefined && state.imageId !== imageId;
    if (isOther) verdict('two images', { ...lost, hold: true });
    else verdict('SUCCESS and active', { type: 'succeeded', of, imageId, otherImageIds: [] });
  }
  if (job?.status === 'failed' || (!job && state.jobId === undefined)) {
    if (state.jobId === undefined) verdict('image gone', lost);
    else verdict('FAIL', { type: 'failed', of, reason: REASON });
  }
  const { budget } = world;
  if (budget.forgets > 0) {
    verdict('IMS forgets', lost, { budget: { ...budget, forgets: budget.forgets - 1 } });
  }
  return steps;
}

function record(
  world: World,
  worker: Extract<Worker, { at: 'verdict' }>,
  { rules, be }: { readonly rules: Rules; readonly be: Be },
): World {
  const { event } = worker;
  const isUnpinned = 'of' in event && event.of !== '' && !rules.hasIncarnation;
  const pinned = isUnpinned ? { ...event, of: incarnation(world.ledger) } : event;
  const next = transition(world.ledger, pinned);
  const scanned = worker.endsScan === undefined ? {} : scanEnds(world, worker.endsScan);
  const known = next && !rules.hasMemory ? { ...next, seenImageIds: [] } : next;
  return be(IDLE, { ...scanned, ...(known === undefined ? {} : { ledger: known }) });
}
