import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import type { ImageRequest } from '../../shared/image/image-request.ts';
import { changeMembers, fixedFields } from '../../shared/image/more-members.ts';
import { differences, type LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { isElsewhere } from '../../shared/look-up/find-ours.ts';
import { type FieldUpdate, updatesFor } from '../../shared/update/image-updates.ts';
import { formatCount, utcTime } from '../../ui/format.ts';

/**
 * What `submit` would do with an image. `refused`: leave it out, IMS would refuse it. `over-quota`: create it,
 * but the quota has no room. `failed` and `cancelled`: nothing, it ended that way before.
 */
export type PlanWord = (typeof PLAN_WORDS)[number];

export const PLAN_WORDS = [
  'create',
  'refused',
  'over-quota',
  'adopt',
  'imported',
  'under-way',
  'held',
  'failed',
  'cancelled',
] as const;

/** Which images that have their outcome get a new attempt: the flags of `submit`. */
export interface NewAttempts {
  readonly retryFailed: boolean;
  readonly recreate: boolean;
}

export const NO_NEW_ATTEMPTS: NewAttempts = { retryFailed: false, recreate: false };

/** What is known about one image before anything is done. */
export interface Known {
  readonly request: ImageRequest;
  readonly entry: LedgerEntry | undefined;
  readonly again: NewAttempts;
  /** What IMS lists; `undefined` if the list could not be read. */
  readonly listed:
    | {
        /** Images with the marker of this import. */
        readonly ours: readonly ImsImage[];
        /** Others of the same name. */
        readonly namesakes: readonly ImsImage[];
        readonly has: (imageId: string) => boolean;
        /** The image that the ledger has for it. */
        readonly own?: ImsImage;
      }
    | undefined;
}

export interface Decision {
  readonly word: Exclude<PlanWord, 'refused' | 'over-quota'>;
  /** A person should see it. */
  readonly isOdd: boolean;
  /** Fields in which the manifest differs from what was imported or is being imported. */
  readonly differs: readonly string[];
  /** What `submit --update` would change in IMS. */
  readonly updates: readonly FieldUpdate[];
  /** Fields that differ and that only a new import changes. */
  readonly fixed: readonly string[];
  readonly imageId?: string;
  readonly notes: readonly string[];
}

/** Decides for one image; pure. */
export function planImage(known: Known): Decision {
  const { entry, request } = known;
  const all = entry ? differences(entry.request, request) : [];
  const decision = decide(known, all.length > 0);
  const isTaken = decision.word === 'create' || decision.word === 'adopt';
  const differs = isTaken ? [] : fixedFields(all);
  const own = decision.word === 'imported' ? known.listed?.own : undefined;
  const { updates = [], fixed = [] } = entry && own ? updatesFor(own, request, entry.request) : {};
  const isOdd = decision.isOdd || (!isTaken && (differs.length > 0 || updates.length > 0));
  const isFrozen = own !== undefined && own.status !== 'active' && updates.length > 0;
  const frozen = isFrozen ? [`its image is ${own.status}: IMS changes only active images`] : [];
  const notes = [...decision.notes, ...frozen, ...sharingNotes(known, isTaken)];
  return { ...decision, isOdd, differs, updates, fixed, notes };
}

function sharingNotes({ entry, request }: Known, isTaken: boolean): readonly string[] {
  const { members = [] } = request;
  if (isTaken || !entry) {
    return members.length === 0
      ? []
      : [`to be shared with ${formatCount(members.length, 'project')}`];
  }
  const { added, kept } = changeMembers(entry.request, request);
  const isFailed = entry.sharing?.state === 'failed' && added.length === 0;
  return [
    ...(added.length > 0 ? [`to be shared with ${formatCount(added.length, 'project')} more`] : []),
    ...(isFailed ? ['to be shared again with projects that do not have it'] : []),
    ...(kept.length > 0 ? [`stays shared with ${kept.join(', ')}`] : []),
  ];
}

type Decided = Omit<Decision, 'differs' | 'updates' | 'fixed'>;

function decide(known: Known, isChanged: boolean): Decided {
  const { entry, again } = known;
  if (!entry) return createOrAdopt(known, []);
  const { state } = entry;
  switch (state.status) {
    case 'pending':
      return createOrAdopt(known, ['already in the queue']);
    case 'submitting':
    case 'creating':
      return { word: 'under-way', isOdd: false, notes: [] };
    case 'unknown':
      return {
        word: state.held ? 'held' : 'under-way',
        isOdd: state.held,
        notes: [reasonOf(state.reason)],
      };
    case 'succeeded':
      return imported(known, state.imageId);
    case 'failed': {
      if (isChanged) return createOrAdopt(known, ['failed before, changed since']);
      if (again.retryFailed) return createOrAdopt(known, ['failed before, retried']);
      const notes = [reasonOf(state.reason), 'submit --retry-failed tries it again'];
      return { word: 'failed', isOdd: true, notes };
    }
    case 'cancelled': {
      if (isChanged) return createOrAdopt(known, ['cancelled before, changed since']);
      if (again.retryFailed) return createOrAdopt(known, ['cancelled before, retried']);
      const notes = ['retry --cancelled submits it again'];
      return { word: 'cancelled', isOdd: true, notes };
    }
  }
}

function reasonOf({ code, message }: { readonly code: string; readonly message: string }): string {
  return `${code}: ${message}`;
}

function createOrAdopt({ listed }: Known, notes: readonly string[]): Decided {
  const [ours, second] = listed?.ours ?? [];
  if (ours && second) {
    const note = 'several images carry its marker: keep one, delete the others';
    return { word: 'held', isOdd: true, imageId: ours.id, notes: [...notes, note] };
  }
  if (ours) return { word: 'adopt', isOdd: false, imageId: ours.id, notes: [] };
  const [namesake] = listed?.namesakes ?? [];
  if (!namesake) return { word: 'create', isOdd: false, notes };
  const note = `image ${namesake.id} has the same name`;
  return { word: 'create', isOdd: true, notes: [...notes, note] };
}

function imported(known: Known, imageId: string): Decided {
  const { listed, again } = known;
  const isGone = listed !== undefined && !listed.has(imageId);
  if (isGone && again.recreate) return createOrAdopt(known, ['its image is gone from IMS']);
  const { prunedAt } = known.entry ?? {};
  if (isGone && prunedAt !== undefined) {
    const pruned = `its image was pruned on ${utcTime(prunedAt).slice(0, 10)}: submit --recreate imports it again`;
    return { word: 'imported', isOdd: false, imageId, notes: [pruned] };
  }
  const gone = 'its image is gone from IMS: submit --recreate imports it again';
  return { word: 'imported', isOdd: isGone, imageId, notes: isGone ? [gone] : [] };
}

/** How many images one create makes in the own region: data disks imported along count, too. */
export function imagesMade(request: ImageRequest): number {
  return isElsewhere(request) ? 0 : 1 + (request.data_images?.length ?? 0);
}
