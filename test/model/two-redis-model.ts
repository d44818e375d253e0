import { importKey } from '../../src/shared/image/import-key.ts';
import { isConflict, unexplained } from '../../src/shared/look-up/match-images.ts';
import {
  type ImportEvent,
  type Progress,
  stateVersion,
} from '../../src/shared/state/import-state.ts';
import { transition } from '../../src/shared/state/machine.ts';
import { type CloudImage, imsOf, REQUEST } from './cloud.ts';
import { explore, type Step, type Verdict } from './explore.ts';
import { entryOf } from './hands.ts';
import { newProgress, normalProgress } from './progress.ts';
import { TURN_MS } from './world.ts';

/** Both ledgers are older than the images. */
const EXPLAINED = { from: 0, archivedAt: 0 };
const KEY = importKey(REQUEST);

type Which = 0 | 1;

/** An installation: its ledger, and what its worker has noticed. */
interface Installation {
  readonly progress: Progress;
  readonly isAlarmed: boolean;
  readonly isPaused: boolean;
  /** It has read the list before its first create. */
  readonly isScanned: boolean;
  /** It has read the list since both images were in it. */
  readonly hasSeenBoth: boolean;
  readonly create: 'none' | 'under way' | 'running' | 'listed' | 'active';
}

/** Two installations with a Redis each, the same image, one project. */
interface TwoWorld {
  readonly all: readonly [Installation, Installation];
}

export interface TwoRules {
  /** What a list shows is held against what the ledger has sent. */
  readonly notices: boolean;
  /** The list is read before the first create. */
  readonly scans: boolean;
}

export async function exploreTwoRedis(
  { notices, scans }: TwoRules,
  lookedFor?: string,
): Promise<Verdict> {
  const progress = newProgress();
  const none = { isAlarmed: false, isPaused: false, isScanned: !scans, hasSeenBoth: false };
  const first = { progress, ...none, create: 'none' } as const;
  const model = {
    first: { all: [first, first] } as TwoWorld,
    steps: async (world: TwoWorld) => [
      ...(await stepsOf(world, 0, notices)),
      ...(await stepsOf(world, 1, notices)),
    ],
    isGood: ({ all }: TwoWorld) => all.some(({ create }) => create === 'active'),
    never: {
      'two images in silence': ({ all }: TwoWorld) =>
        all.every(({ hasSeenBoth, isAlarmed }) => hasSeenBoth && !isAlarmed),
    },
  };
  return explore<TwoWorld>(model, lookedFor);
}

function isListed(create: Installation['create']): boolean {
  return create === 'listed' || create === 'active';
}

async function stepsOf(world: TwoWorld, of: Which, notices: boolean): Promise<Step<TwoWorld>[]> {
  const { progress, isScanned, isPaused, create } = world.all[of];
  const be = (changes: Partial<Installation>): TwoWorld => withOne(world, of, changes);
  const name = `installation ${of + 1}`;
  const steps: Step<TwoWorld>[] = [[`${name}: list read`, await listRead(world, of, notices)]];
  const admitted = transition(progress, { type: 'admitted', sendBy: 1, sender: '' });
  if (isScanned && !isPaused && create === 'none' && admitted)
    steps.push([`${name}: admitted`, be({ progress: admitted, create: 'under way' })]);
  if (create === 'under way') {
    const accepted = { type: 'accepted', epoch: progress.epoch, jobId: `J${of}`, at: 0 } as const;
    const after = transition(progress, accepted) ?? progress;
    steps.push([`${name}: ACCEPTED`, be({ progress: normalProgress(after), create: 'running' })]);
  }
  if (create === 'running') steps.push([`${name}: image listed`, be({ create: 'listed' })]);
  if (create === 'listed') steps.push([`${name}: image active`, be({ create: 'active' })]);
  return steps;
}

/** What a worker makes of a list: an alarm, a pause, an adoption. */
async function listRead(world: TwoWorld, of: Which, notices: boolean): Promise<TwoWorld> {
  const { progress, isAlarmed, isPaused } = world.all[of];
  const listed = world.all.flatMap(({ create }, index): CloudImage[] => {
    const status = create === 'active' ? 'active' : 'saving';
    const image = {
      id: `I${index}`,
      status,
      request: REQUEST,
      createdAt: TURN_MS,
      marker: KEY,
    } as const;
    return isListed(create) ? [image] : [];
  });
  const answer = await imsOf({ jobs: [], listed, read: listed }).images({});
  if (answer.kind !== 'ok') throw new Error('the list cannot be read');
  const row = { key: KEY, images: answer.value, entry: entryOf({ progress }) };
  const strange = notices ? unexplained(row, EXPLAINED) : [];
  const hasSeenBoth = world.all[of].hasSeenBoth || listed.length === 2;
  const noticed = {
    isAlarmed: isAlarmed || strange.length > 0,
    isPaused: isPaused || (strange.length > 0 && isConflict(row, strange)),
  };
  const [image] = answer.value;
  const event: ImportEvent | undefined =
    image && progress.state.status === 'pending'
      ? { type: 'found', of: stateVersion(progress), image, at: 0 }
      : undefined;
  const after = (event && transition(progress, event)) ?? progress;
  const known = { progress: normalProgress(after), isScanned: true, hasSeenBoth };
  return withOne(world, of, { ...noticed, ...known });
}

function withOne(world: TwoWorld, of: Which, changes: Partial<Installation>): TwoWorld {
  const [first, second] = world.all;
  return of === 0
    ? { all: [{ ...first, ...changes }, second] }
    : { all: [first, { ...second, ...changes }] };
}
