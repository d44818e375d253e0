import { importKey } from '../../src/shared/image/import-key.ts';
import { canonicalRequest } from '../../src/shared/ledger/ledger-entry.ts';
import { REQUEST } from './cloud.ts';
import { explore, type Step, type Verdict } from './explore.ts';
import { HandActs } from './power-cut-acts.ts';
import {
  type Hand,
  KEYS,
  MOST_INTENTS,
  newHand,
  POWER_SHIPPED,
  type PowerRules,
  type PowerWorld,
} from './power-cut-world.ts';
import { type Content, fieldOf, type RedisAsValue, withFields } from './redis-as-value.ts';

export const KEY = importKey(REQUEST);
const IMPORT = KEYS.import(KEY);
/** A window, and what it is longer by. */
const WINDOW_MS = 120_000;

/** Power that goes while imports are created: the product's scripts, with every order of every step. */
export async function explorePowerCuts(
  redis: RedisAsValue,
  changed: Partial<PowerRules>,
  lookedFor?: string,
): Promise<Verdict> {
  const rules = { ...POWER_SHIPPED, ...changed };
  const acts = new HandActs(redis, rules);
  const model = {
    first: await acts.begin(newPowerWorld(rules)),
    steps: async (world: PowerWorld) =>
      isOver(world, rules)
        ? []
        : [...(await acts.steps(world, 0)), ...(await acts.steps(world, 1)), ...worldSteps(world)],
    isGood: (world: PowerWorld) => isSettled(world.redis) || isCut(world),
    never: { 'two living images': ({ jobs }: PowerWorld) => jobs.length > 1 },
    normal: (world: PowerWorld) => normal(world, rules),
  };
  return explore<PowerWorld>(model, lookedFor);
}

function newPowerWorld({ powerCuts, windows }: PowerRules): PowerWorld {
  const content = withFields({}, IMPORT, {
    state: 'pending',
    epoch: '0',
    revision: '1',
    batches: '["b"]',
    request: canonicalRequest(REQUEST),
    registered_at: '1',
    detail: '{}',
  });
  const hands = [newHand('A'), newHand('B')] as const;
  const none = { kept: {}, intents: 0, requests: [], jobs: [] };
  return { redis: content, disk: content, run: 10, hands, ...none, powerCuts, windows };
}

/** What would continue is not followed any further. */
function isCut({ windows, intents }: PowerWorld): boolean {
  return windows === 0 || intents === MOST_INTENTS;
}

/** Nothing is on its way, and what follows makes no difference. */
function isOver(world: PowerWorld, { windows }: PowerRules): boolean {
  const { redis, powerCuts, requests, hands } = world;
  const isCalm = requests.length === 0 && hands.every(({ at }) => at === 'idle' || at === 'late');
  const isEnd = windows > 0 && isCut(world);
  return isCalm && (isEnd || (isSettled(redis) && powerCuts === 0));
}

/** What is never read again makes no difference. */
function normal(world: PowerWorld, { mode, keepsSeen, powerCuts }: PowerRules): PowerWorld {
  const isLast = world.powerCuts === 0;
  const [same, elsewhere] = world.hands.map(({ isOnDisk, ...hand }) =>
    isOnDisk && mode === 'confirms' && hand.at === 'intent' ? { ...hand, isOnDisk } : hand,
  ) as [Hand, Hand];
  return {
    ...world,
    redis: inRanks(world.redis),
    disk: isLast && powerCuts > 0 ? {} : inRanks(world.disk),
    hands: [same, elsewhere],
    kept: keepsSeen ? world.kept : {},
  };
}

function isSettled(redis: Content): boolean {
  return ['creating', 'succeeded'].includes(fieldOf(redis, IMPORT, 'state') ?? '');
}

function worldSteps(world: PowerWorld): Step<PowerWorld>[] {
  return [...cloudSteps(world), ...diskSteps(world), ...timeSteps(world)];
}

function cloudSteps(world: PowerWorld): Step<PowerWorld>[] {
  const steps: Step<PowerWorld>[] = [];
  for (const intent of world.requests) {
    const requests = world.requests.filter((one) => one !== intent);
    const jobs = [...world.jobs, { intent, isListed: false }];
    steps.push([`request ${intent} is lost`, { ...world, requests }]);
    steps.push([`ACCEPTED ${intent}`, { ...world, requests, jobs }]);
  }
  if (world.jobs.some(({ isListed }) => !isListed)) {
    const jobs = world.jobs.map((job) => ({ ...job, isListed: true }));
    steps.push(['the image is listed', { ...world, jobs }]);
  }
  return steps;
}

function diskSteps(world: PowerWorld): Step<PowerWorld>[] {
  const { redis, disk, run, hands, powerCuts } = world;
  const steps: Step<PowerWorld>[] = [];
  const [same, elsewhere] = hands;
  if (JSON.stringify(redis) !== JSON.stringify(disk))
    steps.push(['Redis writes to its disk', written(world)]);
  if (powerCuts > 0) {
    const cut = { ...world, redis: disk, run: run + 1, powerCuts: powerCuts - 1 };
    const off = disconnected(elsewhere);
    steps.push(['POWER CUT of Redis', { ...cut, hands: [disconnected(same), off] }]);
    const gone = { ...newHand(same.name), isUp: false };
    steps.push(['POWER CUT of Redis and A', { ...cut, hands: [gone, off] }]);
  }
  if (!same.isUp) {
    const again = newHand(`${same.name}+`);
    steps.push(['A comes back', { ...world, hands: [again, elsewhere] }]);
  }
  return steps;
}

/** What it waits to have confirmed is never confirmed. */
function disconnected({ isOnDisk: _, ...hand }: Hand): Hand {
  return hand.at === 'intent' ? { ...hand, at: 'late' } : hand;
}

function written(world: PowerWorld): PowerWorld {
  const [same, elsewhere] = world.hands;
  return { ...world, disk: world.redis, hands: [onDisk(same), onDisk(elsewhere)] };
}

function onDisk(hand: Hand): Hand {
  return {
    ...hand,
    ...(hand.registered === 'written' ? { registered: 'on disk' } : {}),
    ...(hand.at === 'intent' ? { isOnDisk: true } : {}),
  } as Hand;
}

/** By the end of a window all has arrived, is listed and is on the disk, and nothing leaves any more. */
function timeSteps(world: PowerWorld): Step<PowerWorld>[] {
  const isHidden = world.jobs.some(({ isListed }) => !isListed);
  const isIdle = world.windows === 0 || (world.intents === 0 && world.powerCuts > 0);
  if (isIdle || world.requests.length > 0 || isHidden) return [];
  const after = written(world);
  const time = Number(fieldOf(after.redis, KEYS.meta, 'time') ?? 0) + WINDOW_MS;
  const redis = withFields(after.redis, KEYS.meta, { time: String(time) });
  const [same, elsewhere] = after.hands;
  const hands = [tooLate(same), tooLate(elsewhere)] as const;
  return [['a window passes', { ...after, redis, hands, windows: world.windows - 1 }]];
}

function tooLate(hand: Hand): Hand {
  return hand.at === 'intent' ? { ...hand, at: 'late' } : hand;
}

const STAMPS = ['scanned_at', 'stamped'] as const;

/** Of the stamps only their order makes a difference. */
function inRanks(content: Content): Content {
  const stamps = STAMPS.map((name) => [name, fieldOf(content, KEYS.meta, name)] as const);
  const there = stamps.filter((one): one is [(typeof STAMPS)[number], string] => Boolean(one[1]));
  const all = [...new Set(there.map(([, value]) => Number(value)))].toSorted((a, b) => a - b);
  if (there.length === 0) return content;
  // The import was registered before all of them.
  const ranked = there.map(([name, value]) => [name, String(2 + all.indexOf(Number(value)))]);
  return withFields(content, KEYS.meta, Object.fromEntries(ranked));
}
