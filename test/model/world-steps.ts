import { GIVEN_UP } from '../../src/shared/look-up/match-images.ts';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { transition } from '../../src/shared/state/machine.ts';
import { reasonOf } from './progress.ts';
import { foundEvent, type Step, spend, withWorker } from './worker-steps.ts';
import { type Budget, type Job, listed, lives, type Rules, type World } from './world.ts';

/** Redis loses what was written since the backup. */
export const FALL_BACK = 'REDIS FALLS BACK';

/** Everything that the cloud, time, people and bad luck may do next. */
export function worldSteps(world: World, rules: Rules): Step[] {
  return [
    ...cloudSteps(world, rules),
    ...timeSteps(world, rules),
    ...peopleSteps(world),
    ...faultSteps(world),
  ];
}

function cloudSteps(world: World, rules: Rules): Step[] {
  const steps: Step[] = [];
  for (const intent of world.requests) {
    const requests = world.requests.filter((one) => one !== intent);
    steps.push([`request ${intent} is lost`, { ...world, requests }]);
    const job: Job = { intent, status: 'running', isListed: false };
    const jobs = [...world.jobs, job].toSorted((a, b) => a.intent - b.intent);
    steps.push([`ACCEPTED ${intent}`, { ...world, requests, jobs }]);
  }
  for (const job of world.jobs) {
    const become = (changes: Partial<Job>, budget: Partial<Budget> = {}): World => ({
      ...world,
      jobs: world.jobs.map((one) => (one === job ? { ...one, ...changes } : one)),
      budget: { ...world.budget, ...budget },
    });
    if (!job.isListed) steps.push([`image ${job.intent} is listed`, become({ isListed: true })]);
    steps.push(...flapSteps(world, { job, rules }, become), ...endSteps(world, job, become));
  }
  return steps;
}

type Become = (changes: Partial<Job>, budget?: Partial<Budget>) => World;

function endSteps({ budget }: World, job: Job, become: Become): Step[] {
  const { intent, status, isListed, denies } = job;
  const steps: Step[] = [];
  if (status === 'running') {
    steps.push([`image ${intent} is active`, become({ status: 'success', isListed: true })]);
    if (budget.failures > 0) {
      const failed = become({ status: 'failed' }, { failures: budget.failures - 1 });
      steps.push([`IMS job ${intent} fails`, failed]);
    }
  }
  if (budget.denials > 0 && isListed && lives(job) && !denies) {
    const denying = become({ denies: true }, { denials: budget.denials - 1 });
    steps.push([`IMS job ${intent} says FAIL although its image lives`, denying]);
  }
  if (budget.deletes > 0 && status === 'success') {
    const deleted = become({ status: 'deleted' }, { deletes: budget.deletes - 1 });
    steps.push([`person deletes image ${intent}`, deleted]);
  }
  return steps;
}

/** A list that flaps. What nobody has seen before is a list that is late: that is what the window is for. */
function flapSteps(
  { budget: { hides }, ledger: { state, seenImageIds } }: World,
  { job, rules }: { readonly job: Job; readonly rules: Rules },
  become: Become,
): Step[] {
  const { intent, hiddenFrom } = job;
  if (hiddenFrom) return [[`image ${intent} is shown again`, become({ hiddenFrom: undefined })]];
  const own = 'imageId' in state && state.imageId !== undefined ? [state.imageId] : [];
  const wasSeen = [...own, ...seenImageIds].includes(`I${intent}`);
  if (hides === 0 || !lives(job) || !wasSeen) return [];
  return rules.hidings.map((from) => [
    `image ${intent} is hidden from ${from}`,
    become({ hiddenFrom: from }, { hides: hides - 1 }),
  ]);
}

function timeSteps(world: World, rules: Rules): Step[] {
  const steps: Step[] = [];
  for (let intent = 1; intent <= world.intents; intent += 1) {
    if (!world.late.includes(intent)) {
      const late = [...world.late, intent].toSorted((a, b) => a - b);
      steps.push([`deadline of ${intent} is over`, { ...world, late }]);
    } else if (!world.closed.includes(intent) && (mayClose(world, intent) || !rules.windowHolds)) {
      const closed = [...world.closed, intent].toSorted((a, b) => a - b);
      steps.push([`window of ${intent} is over`, { ...world, closed }]);
    }
  }
  if (world.isFrozen && world.closed.length === world.intents) {
    steps.push(['the freeze is over', { ...world, isFrozen: false, ...needsScan(world) }]);
  }
  return steps;
}

/** By the end of its window a create has arrived and is listed, or never will be. */
function mayClose(world: World, intent: number): boolean {
  const isOnItsWay = world.requests.includes(intent);
  const isHidden = world.jobs.some((job) => job.intent === intent && !job.isListed && lives(job));
  return !isOnItsWay && !isHidden;
}

function peopleSteps(world: World): Step[] {
  const { ledger, budget } = world;
  const steps: Step[] = [];
  const cancelled = budget.cancels > 0 ? transition(ledger, { type: 'cancel' }) : undefined;
  if (cancelled) {
    const spent = { ...budget, cancels: budget.cancels - 1 };
    steps.push(['person cancels', { ...world, ledger: cancelled, budget: spent }]);
  }
  const again = budget.retries > 0 ? transition(ledger, { type: 'retry', at: 0 }) : undefined;
  if (again) {
    const spent = { ...budget, retries: budget.retries - 1 };
    // A new attempt is younger than the last scan.
    steps.push(['person retries', { ...world, ledger: again, ...needsScan(world), budget: spent }]);
  }
  const recreated = budget.recreates > 0 && transition(ledger, { type: 'recreate', at: 0 });
  if (recreated) {
    const changes = { ledger: recreated, ...needsScan(world), ...spend(budget, 'recreates') };
    steps.push(['person recreates', { ...world, ...changes }]);
  }
  const { state } = ledger;
  if (budget.resolves > 0 && state.status === 'unknown' && state.held) {
    const spent = { ...budget, resolves: budget.resolves - 1 };
    const of = stateVersion(ledger);
    const images = listed(world);
    const reason = reasonOf(GIVEN_UP);
    const verdicts =
      images.length === 0
        ? (['resubmit', 'fail'] as const).map(
            (verdict) => ({ type: 'resolved', of, verdict, reason, at: 0 }) as const,
          )
        : images.map((image) => foundEvent(of, [image]));
    for (const event of verdicts) {
      const next = transition(ledger, event);
      if (next) steps.push([`person: ${event.type}`, { ...world, ledger: next, budget: spent }]);
    }
  }
  return steps;
}

/** From now on only a scan counts that begins later. */
function needsScan(world: World): Partial<World> {
  return { isScanned: false, scansAsked: world.scansAsked + 1 };
}

function faultSteps(world: World): Step[] {
  const { budget } = world;
  const steps: Step[] = [];
  for (const index of [0, 1] as const) {
    const { at } = world.workers[index];
    if (budget.kills === 0 || at === 'idle') continue;
    const killed = withWorker(world, index, { at: 'idle' });
    const spent = { ...budget, kills: budget.kills - 1 };
    steps.push([`KILL at ${at}`, { ...killed, budget: spent }]);
  }
  if (budget.rollbacks > 0) {
    const { backup } = world;
    if (!backup) steps.push(['backup', { ...world, backup: world.ledger }]);
    else {
      const { backup: _, ...rest } = world;
      const spent = { ...budget, rollbacks: budget.rollbacks - 1 };
      const back = { ...rest, ledger: backup, isFrozen: true, budget: spent };
      steps.push([FALL_BACK, back]);
    }
  }
  return steps;
}
