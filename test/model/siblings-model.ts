import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { type ImportKey, importKey } from '../../src/shared/image/import-key.ts';
import { claimsOf } from '../../src/shared/ledger/compare-and-set.ts';
import type { ImportEvent, Progress } from '../../src/shared/state/import-state.ts';
import { transition } from '../../src/shared/state/machine.ts';
import { record } from '../../src/worker/record.ts';
import { imageRequest } from '../support/images.ts';
import type { CloudImage, CloudJob, CloudView } from './cloud.ts';
import { explore, type Step, type Verdict } from './explore.ts';
import { concludes, entryOf, type Sight, WINDOW_MS } from './hands.ts';
import { newProgress, normalProgress } from './progress.ts';
import { lookUpAct, normalEvent, pollAct } from './worker-acts.ts';
import { TURN_MS } from './world.ts';

/** One import and the worker that has it: between what it sees and what it writes anything may happen. */
interface Sibling {
  readonly progress: Progress;
  readonly at: 'idle' | 'intent' | 'sent' | { readonly writes: ImportEvent };
  readonly create: 'none' | 'on its way' | 'lost' | 'running' | 'active';
  readonly isListed: boolean;
  /** Its window has ended. */
  readonly isOver: boolean;
  /** It may have left an image that nobody knows. */
  readonly isUnowned: boolean;
}

type Which = 0 | 1;

/** Two imports of one name and source, in a cloud that shows no tags. */
interface SiblingWorld {
  readonly siblings: readonly [Sibling, Sibling];
  readonly owners: Readonly<Record<string, ImportKey>>;
}

/** What two imports are, and what is compared before an image is taken for one of theirs. */
export interface SiblingRules {
  readonly requests: readonly [ImageRequest, ImageRequest];
  readonly kind: boolean;
  readonly source: boolean;
  readonly time: boolean;
  readonly owner: boolean;
  readonly siblings: boolean;
}

export const COPIES = [imageRequest('model'), imageRequest('model', { copy: 2 })] as const;
export const KINDS = [imageRequest('model'), imageRequest('model', { kind: 'data' })] as const;
const ALL = { kind: true, source: true, time: true, owner: true, siblings: true } as const;
/** Of somebody else, and of the same name: from another source, and from before. */
const STRANGE_SOURCE = imageRequest('model', { image_url: 'bucket:other.qcow2' });
const BEFORE_MS = -3_600_000;

export async function exploreSiblings(
  changed: Partial<SiblingRules>,
  lookedFor?: string,
): Promise<Verdict> {
  const rules = { requests: COPIES, ...ALL, ...changed };
  const sibling = { progress: newProgress(), at: 'idle', create: 'none' } as const;
  const first = { ...sibling, isListed: false, isOver: false, isUnowned: false };
  const model = {
    first: { siblings: [first, first], owners: {} } as SiblingWorld,
    steps: async (world: SiblingWorld) => [
      ...(await stepsOf(world, 0, rules)),
      ...(await stepsOf(world, 1, rules)),
    ],
    isGood: ({ siblings }: SiblingWorld) => siblings.every(hasOutcome),
    never: {
      'the image of another': ({ siblings }: SiblingWorld) =>
        siblings.some(({ progress }, index) => hasStrange(progress, index)),
    },
  };
  return explore<SiblingWorld>(model, lookedFor);
}

function hasOutcome({ progress: { state, epoch } }: Sibling): boolean {
  const isHeld = state.status === 'unknown' && state.held;
  // One intent is followed.
  return state.status === 'succeeded' || isHeld || (state.status === 'pending' && epoch > 0);
}

function hasStrange({ state }: Progress, index: number): boolean {
  const isOwner = state.status === 'succeeded' || state.status === 'creating';
  return isOwner && state.imageId !== undefined && state.imageId !== `I${index}`;
}

async function stepsOf(
  world: SiblingWorld,
  index: Which,
  rules: SiblingRules,
): Promise<readonly Step<SiblingWorld>[]> {
  const steps = [...cloudSteps(world, index), ...(await workerSteps(world, index, rules))];
  return steps.map(([name, after]) => [`${index + 1}: ${name}`, after]);
}

function cloudSteps(world: SiblingWorld, index: Which): Step<SiblingWorld>[] {
  const { create, isListed, isOver } = world.siblings[index];
  const be = (changes: Partial<Sibling>): SiblingWorld => withSibling(world, index, changes);
  const steps: Step<SiblingWorld>[] = [];
  if (create === 'on its way') {
    steps.push(['request lost', be({ create: 'lost' })]);
    steps.push(['ACCEPTED', be({ create: 'running' })]);
  }
  if (create === 'running') {
    if (!isListed) steps.push(['listed', be({ isListed: true })]);
    steps.push(['active', be({ create: 'active', isListed: true })]);
  }
  const isKnown = create === 'lost' || create === 'none' || isListed;
  const isWaiting = world.siblings[index].progress.state.status === 'unknown';
  if (isWaiting && !isOver && isKnown) steps.push(['window over', be({ isOver: true })]);
  return steps;
}

async function workerSteps(
  world: SiblingWorld,
  index: Which,
  rules: SiblingRules,
): Promise<Step<SiblingWorld>[]> {
  const { progress, at, create } = world.siblings[index];
  const { epoch, state } = progress;
  const be = (changes: Partial<Sibling>): SiblingWorld => withSibling(world, index, changes);
  const answer = { epoch, at: 0 };
  const reason = { code: 'X', message: '' };
  const writes = (name: string, event: ImportEvent): Step<SiblingWorld> => [
    name,
    be({ at: { writes: event } }),
  ];
  if (typeof at === 'object') return [await writeDown(world, index, rules)];
  if (at === 'intent')
    return [
      ['SEND', be({ at: 'sent', create: 'on its way' })],
      writes('not sent', { type: 'not-sent', ...answer, reason }),
    ];
  if (at === 'sent') {
    const steps = [writes('no answer', { type: 'unclear', ...answer, reason })];
    if (create === 'running' || create === 'active')
      steps.push(writes('answer', { type: 'accepted', ...answer, jobId: `J${index}` }));
    return steps;
  }
  if (state.status === 'pending' && epoch === 0) {
    const admitted = transition(progress, { type: 'admitted', sendBy: TURN_MS, sender: '' });
    return admitted ? [['admitted', be({ progress: admitted, at: 'intent' })]] : [];
  }
  const act = state.status === 'creating' ? pollAct : lookUpAct;
  if (state.status !== 'creating' && (state.status !== 'unknown' || state.held)) return [];
  const [event] = await concludes(act, sightOf(world, index, rules));
  if (!event || (event.type === 'polled' && event.imageId === undefined)) return [];
  if (event.type === 'not-found' && event.verdict === 'look-again') return [];
  return [writes(`${act.name}: ${event.type}`, normalEvent(event))];
}

/** As the ledger does: an image that another import has is not taken. */
async function writeDown(
  world: SiblingWorld,
  index: Which,
  rules: SiblingRules,
): Promise<Step<SiblingWorld>> {
  const { progress, at, isUnowned } = world.siblings[index];
  if (typeof at !== 'object') throw new Error('there is nothing to write');
  const key = importKey(rules.requests[index]);
  const act = {
    name: `record ${JSON.stringify(at.writes)}`,
    run: (deps: Parameters<typeof record>[0]) => record(deps, key, { event: at.writes }),
  };
  const [concluded = at.writes] = await concludes(act, sightOf(world, index, rules));
  const event = normalEvent(concluded);
  const next = transition(progress, event);
  if (!next) return [`${event.type} comes too late`, withSibling(world, index, { at: 'idle' })];
  const { needed, wished, unowned } = claimsOf(progress, next);
  const taken = Object.fromEntries([...wished, ...needed].map((id) => [id, key]));
  const owners = { ...taken, ...world.owners };
  const left = unowned === 'as before' ? isUnowned : unowned === 'yes';
  const after = { progress: normalProgress(next), at: 'idle', isUnowned: left } as const;
  return [`record ${event.type}`, withSibling({ ...world, owners }, index, after)];
}

function sightOf(world: SiblingWorld, index: Which, rules: SiblingRules): Sight {
  const { progress, isOver } = world.siblings[index];
  const other = index === 0 ? 1 : 0;
  const rival = world.siblings[other];
  const { status } = rival.progress.state;
  // As the sets of the ledger: in flight, unknown, or come to rest without an image.
  const isRival =
    status === 'submitting' || status === 'creating' || status === 'unknown' || rival.isUnowned;
  const request = rules.requests[other];
  const others = rules.siblings && isRival ? [entryOf({ progress: rival.progress, request })] : [];
  return {
    progress,
    request: rules.requests[index],
    cloud: cloudOf(world, rules, index),
    now: TURN_MS + (isOver ? WINDOW_MS : 0),
    policy: 'resubmit',
    owners: rules.owner ? world.owners : {},
    others,
  };
}

/** No image shows a tag; what is not compared looks as it should. */
function cloudOf({ siblings }: SiblingWorld, rules: SiblingRules, index: Which): CloudView {
  const own = rules.requests[index];
  const made = siblings.flatMap(({ create, isListed }, of): CloudImage[] => {
    const request = rules.requests[of] ?? own;
    const status = create === 'active' ? 'active' : 'saving';
    return isListed ? [{ id: `I${of}`, status, request, createdAt: TURN_MS }] : [];
  });
  const old = { id: 'I8', status: 'active', request: own, createdAt: BEFORE_MS } as const;
  const strange = { ...old, id: 'I9', request: STRANGE_SOURCE, createdAt: TURN_MS } as const;
  const listed = [...made, old, strange].map((image) => ({
    ...image,
    createdAt: rules.time ? image.createdAt : TURN_MS,
    request: {
      ...image.request,
      ...(rules.kind ? {} : { kind: own.kind }),
      ...(rules.source ? {} : { image_url: own.image_url }),
    } as ImageRequest,
  }));
  const jobs = siblings.flatMap(({ create }, of): CloudJob[] => {
    if (create === 'running') return [{ id: `J${of}`, status: 'RUNNING' }];
    return create === 'active' ? [{ id: `J${of}`, status: 'SUCCESS', imageId: `I${of}` }] : [];
  });
  return { jobs, listed, read: listed };
}

function withSibling(world: SiblingWorld, index: Which, changes: Partial<Sibling>): SiblingWorld {
  const [first, second] = world.siblings;
  const siblings =
    index === 0
      ? ([{ ...first, ...changes }, second] as const)
      : ([first, { ...second, ...changes }] as const);
  return { ...world, siblings };
}
