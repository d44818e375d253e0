import { importKey } from '../../src/shared/image/import-key.ts';
import type { ImportEvent, Progress } from '../../src/shared/state/import-state.ts';
import { type CloudImage, type CloudJob, type CloudView, REQUEST } from './cloud.ts';
import { newProgress } from './progress.ts';

/**
 * The state of one worker. What it has read and what it makes of it are apart, so that a verdict can
 * be stale by the time at which it is recorded.
 */
export type Worker =
  | { readonly at: 'idle' }
  /** It holds an intent; nothing was sent for it. */
  | { readonly at: 'intent'; readonly intent: number; readonly epoch: number }
  | { readonly at: 'sent'; readonly intent: number; readonly epoch: number }
  /** It has read an unknown import and is about to ask the list. */
  | { readonly at: 'looking'; readonly read: Progress; readonly isOver: boolean }
  /** It has listed all images, for the scan of that number, and is about to read the ledger. */
  | { readonly at: 'listed'; readonly images: readonly Image[]; readonly scan: number }
  /** It knows what to record, and has not done so. */
  | { readonly at: 'verdict'; readonly event: ImportEvent; readonly endsScan?: number }
  /** Only where admission does not compare: it has read a pending import. */
  | { readonly at: 'stale'; readonly read: Progress };

export interface Image {
  readonly id: string;
  readonly status: 'saving' | 'active';
}

/** One accepted create: its IMS job, and the image that it makes. */
export interface Job {
  readonly intent: number;
  readonly status: 'running' | 'success' | 'failed' | 'deleted';
  readonly isListed: boolean;
  /** What does not show it any more, although it has. */
  readonly hiddenFrom?: Hiding | undefined;
  /** It says FAIL and names no image, although its image lives. */
  readonly denies?: true;
}

export type Hiding = 'list' | 'reads' | 'both';

/** What may still go wrong, or still be requested. */
export interface Budget {
  readonly kills: number;
  readonly refusals: number;
  readonly failures: number;
  /** IMS forgets an IMS job. */
  readonly forgets: number;
  readonly retries: number;
  readonly cancels: number;
  readonly resolves: number;
  readonly rollbacks: number;
  /** An image that was listed is hidden, and may show up again. */
  readonly hides: number;
  /** An IMS job says FAIL although its image lives and is listed. */
  readonly denials: number;
  /** A poll is answered with the body of a stranger's IMS job. */
  readonly strangers: number;
  /** A create is answered with the page of something in between, whether it arrived or not. */
  readonly pages: number;
  /** A person deletes an image that is done. */
  readonly deletes: number;
  readonly recreates: number;
}

/** One import, two workers, the cloud, and as much of time as matters. */
export interface World {
  readonly ledger: Progress;
  /** The image list was scanned since the import was registered. */
  readonly isScanned: boolean;
  /** How often a scan was requested. */
  readonly scansAsked: number;
  readonly workers: readonly [Worker, Worker];
  /** Intents whose request is on its way. */
  readonly requests: readonly number[];
  readonly jobs: readonly Job[];
  /** Intents so far; each has a number of its own, also when the ledger has lost some. */
  readonly intents: number;
  /** Intents for which nothing may be sent any more. */
  readonly late: readonly number[];
  /** Intents whose window has ended. */
  readonly closed: readonly number[];
  /** Redis has lost intents: no admission before all windows are over and a scan. */
  readonly isFrozen: boolean;
  /** An older ledger that Redis may fall back to. */
  readonly backup?: Progress;
  readonly budget: Budget;
}

/** Safeguards that can be taken out, and what the world may do. */
export interface Rules {
  readonly policy: 'hold' | 'resubmit';
  readonly hasIntent: boolean;
  readonly hasCompare: boolean;
  readonly hasDeadline: boolean;
  readonly hasWindow: boolean;
  readonly comparesVersion: boolean;
  readonly hasGuard: boolean;
  /** What was seen once is evidence. */
  readonly hasMemory: boolean;
  /** FAIL is believed where no image of it lives. */
  readonly hasAgreement: boolean;
  /** An answer about another IMS job than the requested one says nothing. */
  readonly comparesIds: boolean;
  /** Only what is in the shape of the service refuses. */
  readonly knowsPages: boolean;
  /** An image is gone when it was looked for more than once. */
  readonly hasLooks: boolean;
  /** An image is gone when list and read agree. */
  readonly needsBoth: boolean;
  /** What the window rests on: by its end a create has arrived, and is listed, or never will be. */
  readonly windowHolds: boolean;
  /** How an image may be hidden. */
  readonly hidings: readonly Hiding[];
  /** This many intents are followed; two are enough for a double, stale verdicts need a third. */
  readonly mostIntents: number;
}

export const SHIPPED: Rules = {
  policy: 'resubmit',
  hasIntent: true,
  hasCompare: true,
  hasDeadline: true,
  hasWindow: true,
  comparesVersion: true,
  hasGuard: true,
  hasMemory: true,
  hasAgreement: true,
  comparesIds: true,
  knowsPages: true,
  hasLooks: true,
  needsBoth: true,
  windowHolds: true,
  hidings: ['both'],
  mostIntents: 2,
};

export const NO_FAULTS: Budget = {
  kills: 0,
  refusals: 0,
  failures: 0,
  forgets: 0,
  retries: 0,
  cancels: 0,
  resolves: 0,
  rollbacks: 0,
  hides: 0,
  denials: 0,
  strangers: 0,
  pages: 0,
  deletes: 0,
  recreates: 0,
};

export function newWorld(budget: Partial<Budget>): World {
  const ledger = newProgress();
  return {
    ledger,
    isScanned: false,
    scansAsked: 1,
    workers: [{ at: 'idle' }, { at: 'idle' }],
    requests: [],
    jobs: [],
    intents: 0,
    late: [],
    closed: [],
    isFrozen: false,
    budget: { ...NO_FAULTS, ...budget },
  };
}

const MARKER = importKey(REQUEST);

/** Intents are so far apart by the fleet's time: longer than anything is waited for. */
export const TURN_MS = 10_000_000;

/** What the cloud shows now. */
export function cloudOf({ jobs }: World): CloudView {
  const images = jobs.filter(({ isListed }) => isListed).filter(lives);
  const shownBy = (what: Hiding): readonly CloudImage[] =>
    images.filter(({ hiddenFrom }) => hiddenFrom !== 'both' && hiddenFrom !== what).map(imageOf);
  return { jobs: jobs.map(jobOf), listed: shownBy('list'), read: shownBy('reads') };
}

function imageOf({ intent, status }: Job): CloudImage {
  const createdAt = intent * TURN_MS;
  const is = status === 'success' ? 'active' : 'saving';
  return { id: `I${intent}`, status: is, request: REQUEST, createdAt, marker: MARKER };
}

function jobOf({ intent, status, denies }: Job): CloudJob {
  const id = `J${intent}`;
  if (denies || status === 'failed') return { id, status: 'FAIL' };
  return status === 'running'
    ? { id, status: 'RUNNING' }
    : { id, status: 'SUCCESS', imageId: `I${intent}` };
}

/** The images that the list shows. */
export function listed(world: World): readonly Image[] {
  return cloudOf(world).listed.map(({ id, status }) => ({ id, status }));
}

/** There is an image, or there will be. */
export function lives({ status }: Job): boolean {
  return status !== 'failed' && status !== 'deleted';
}

/** Images that there are or will be. */
export function living(world: World): number {
  return world.jobs.filter(lives).length;
}
