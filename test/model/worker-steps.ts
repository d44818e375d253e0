import {
  type ImportEvent,
  type Progress,
  stateVersion,
} from '../../src/shared/state/import-state.ts';
import { transition } from '../../src/shared/state/machine.ts';
import { type CloudJob, type CloudView, httpAnswer, STRANGE } from './cloud.ts';
import type { Step as AnyStep } from './explore.ts';
import { reasonOf } from './progress.ts';
import { answerOf, lookFor, lookWhetherGone, poll } from './worker-acts.ts';
import {
  type Budget,
  cloudOf,
  type Image,
  listed,
  type Rules,
  TURN_MS,
  type Worker,
  type World,
} from './world.ts';

export type Step = AnyStep<World>;

const IDLE: Worker = { at: 'idle' };
const REASON = reasonOf('X');

/** Everything that worker `index` may do next. */
export async function workerSteps(world: World, index: 0 | 1, rules: Rules): Promise<Step[]> {
  const worker = world.workers[index];
  const be = (next: Worker, changes: Partial<World> = {}): World =>
    withWorker({ ...world, ...changes }, index, next);
  switch (worker.at) {
    case 'idle':
      return idleSteps(world, rules, be);
    case 'intent':
      return sendSteps(world, worker, { rules, be });
    case 'sent':
      return answerSteps(world, worker, { rules, be });
    case 'looking':
      return lookUpSteps(world, worker, { rules, be });
    case 'listed':
      return [['scan joined with ledger', joined(world, worker, be)]];
    case 'verdict':
      return [[`record ${worker.event.type}`, record(world, worker, { rules, be })]];
    case 'stale': {
      const next = transition(worker.read, admission(world));
      return next ? [['admit without compare', admit(world, next, be)]] : [];
    }
  }
}

export type Be = (next: Worker, changes?: Partial<World>) => World;

export function withWorker(world: World, index: 0 | 1, next: Worker): World {
  const [first, second] = world.workers;
  return { ...world, workers: index === 0 ? [next, second] : [first, next] };
}

async function idleSteps(world: World, rules: Rules, be: Be): Promise<Step[]> {
  const { ledger } = world;
  const { state } = ledger;
  const steps: Step[] = [];
  const isFrozen = world.isFrozen && rules.hasGuard;
  if (!world.isScanned && !isFrozen)
    steps.push(['scan lists', be({ at: 'listed', images: listed(world), scan: world.scansAsked })]);
  switch (state.status) {
    case 'pending': {
      steps.push(...(await knownSteps(world, { rules, be })));
      const mayEnter = world.isScanned && !isFrozen && world.intents < rules.mostIntents;
      if (mayEnter && !rules.hasCompare)
        steps.push(['read pending', be({ at: 'stale', read: ledger })]);
      const next = transition(ledger, admission(world));
      if (mayEnter && next)
        steps.push(['admit', admit(world, rules.hasIntent ? next : ledger, be)]);
      return steps;
    }
    case 'submitting':
      if (world.late.includes(state.sendBy / TURN_MS)) {
        const event = { type: 'unclear', epoch: ledger.epoch, reason: REASON, at: 0 } as const;
        steps.push(['sender gone', be({ at: 'verdict', event })]);
      }
      return steps;
    case 'unknown': {
      if (state.held) return steps;
      const isOver = world.closed.includes(state.sendBy / TURN_MS) || !rules.hasWindow;
      steps.push(['look-up begins', be({ at: 'looking', read: ledger, isOver })]);
      return steps;
    }
    case 'creating':
      return [...steps, ...(await pollSteps(world, { rules, be }))];
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return steps;
  }
}

interface By {
  readonly rules: Rules;
  readonly be: Be;
}

function admission({ intents }: World) {
  return { type: 'admitted', sendBy: (intents + 1) * TURN_MS, sender: '' } as const;
}

/** One of which an image is known: taken over when it shows, created again when it is really gone. */
async function knownSteps(world: World, { rules, be }: By): Promise<Step[]> {
  const { ledger: progress, jobs } = world;
  if (progress.seenImageIds.length === 0) return [];
  const isLast = 'gone' in progress.state && progress.state.gone !== undefined;
  // Longer than all of the looks take the cloud hides nothing.
  const shown = jobs.map(({ hiddenFrom: _, ...job }) => job);
  const cloud = cloudOf(isLast ? { ...world, jobs: shown } : world);
  const event = await lookWhetherGone({ progress, cloud, rules });
  return event ? [[`known image: ${event.type}`, be({ at: 'verdict', event })]] : [];
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

const PAGE = { kind: 'answer', status: 403, body: undefined, text: 'HTML page "Blocked"' } as const;
const REFUSAL = httpAnswer(400, { error: { code: 'IMG.0001', message: 'no' } });

/** What comes back, and what the product makes of it. */
async function answerSteps(
  world: World,
  { intent, epoch }: Extract<Worker, { at: 'sent' }>,
  { rules, be }: By,
): Promise<Step[]> {
  const { budget, requests } = world;
  const steps: Step[] = [];
  const answered = async (name: string, answer: typeof REFUSAL, changes: Partial<World> = {}) => {
    const event = await answerOf(epoch, answer, { cloud: cloudOf(world), rules });
    if (event) steps.push([name, be({ at: 'verdict', event }, changes)]);
  };
  await answered('no answer', { kind: 'unclear', code: 'TIMEOUT', message: '' });
  if (world.jobs.some((job) => job.intent === intent))
    await answered('answer with job id', httpAnswer(200, { job_id: `J${intent}` }));
  if (budget.refusals > 0 && requests.includes(intent)) {
    const left = requests.filter((one) => one !== intent);
    await answered('refused', REFUSAL, { requests: left, ...spend(budget, 'refusals') });
  }
  if (budget.pages > 0)
    await answered('a page', rules.knowsPages ? PAGE : REFUSAL, spend(budget, 'pages'));
  return steps;
}

export function spend(budget: Budget, what: keyof Budget): Pick<World, 'budget'> {
  return { budget: { ...budget, [what]: budget[what] - 1 } };
}

async function lookUpSteps(
  world: World,
  { read, isOver }: Extract<Worker, { at: 'looking' }>,
  { rules, be }: By,
): Promise<Step[]> {
  const event = await lookFor({ progress: read, cloud: cloudOf(world), rules }, { isOver });
  return [['list asked', be(event ? { at: 'verdict', event } : IDLE)]];
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
  const event = foundEvent(stateVersion(world.ledger), images);
  return be({ at: 'verdict', event, endsScan: scan });
}

/** A scan that began before the last request for one does not count. */
function scanEnds(world: World, scan: number): Partial<World> {
  return scan === world.scansAsked ? { isScanned: true } : {};
}

const STRANGERS: readonly CloudJob[] = [
  { id: 'J-strange', status: 'FAIL' },
  { id: 'J-strange', status: 'SUCCESS', imageId: 'I9' },
];

/** A poll, and polls whose answer is none. */
async function pollSteps(world: World, { rules, be }: By): Promise<Step[]> {
  const { ledger: progress, budget } = world;
  const steps: Step[] = [];
  const polled = async (name: string, cloud: CloudView, changes: Partial<World> = {}) => {
    const event = await poll({ progress, cloud, rules });
    if (event && isNews(progress, event))
      steps.push([`${name}: ${event.type}`, be({ at: 'verdict', event }, changes)]);
  };
  const cloud = cloudOf(world);
  await polled('poll', cloud);
  if (budget.forgets > 0)
    await polled('IMS forgets the IMS job', { ...cloud, jobs: [] }, spend(budget, 'forgets'));
  if (budget.strangers === 0) return steps;
  for (const strangeJob of STRANGERS) {
    const strange = { id: 'I9', status: 'active', request: STRANGE, createdAt: 0 } as const;
    const read = [...cloud.read, strange];
    const view = { ...cloud, read, strangeJob, believesStrangers: !rules.comparesIds };
    await polled(
      `answer of another IMS job (${strangeJob.status})`,
      view,
      spend(budget, 'strangers'),
    );
  }
  return steps;
}

/** Most polls say that it still runs. */
function isNews(before: Progress, event: ImportEvent): boolean {
  return event.type !== 'polled' || !('imageId' in before.state)
    ? event.type !== 'polled' || event.imageId !== undefined
    : event.imageId !== before.state.imageId;
}

function record(
  world: World,
  worker: Extract<Worker, { at: 'verdict' }>,
  { rules, be }: { readonly rules: Rules; readonly be: Be },
): World {
  const { event } = worker;
  const isUnpinned = 'of' in event && event.of !== '' && !rules.comparesVersion;
  const pinned = isUnpinned ? { ...event, of: stateVersion(world.ledger) } : event;
  const next = transition(world.ledger, pinned);
  const scanned = worker.endsScan === undefined ? {} : scanEnds(world, worker.endsScan);
  const known = next && !rules.hasMemory ? { ...next, seenImageIds: [] } : next;
  return be(IDLE, { ...scanned, ...(known === undefined ? {} : { ledger: known }) });
}
