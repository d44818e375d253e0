import type { ImsImage } from '../cloud/ims/ims-answers.ts';
import type { ImportKey } from '../image/import-key.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { mayBeOf, type Wanted } from './match-found.ts';

/** An image that fits but for the marker, and may yet be somebody else's. */
export interface Unsure {
  readonly image: ImsImage;
  readonly why: string;
}

export interface Judged {
  readonly images: readonly ImsImage[];
  readonly unsure: readonly Unsure[];
}

/** What the ledger knows about images without a marker. */
export interface Ownership {
  /** False until the images of an older ledger are all entered, and while imports are missing. */
  readonly isComplete: boolean;
  readonly owners: ReadonlyMap<string, ImportKey>;
  /** Other imports of the same name and source. */
  readonly rivals: readonly LedgerEntry[];
  /** When the create of an import may have left, by the server's clock. */
  readonly sentAt: (entry: LedgerEntry) => number;
}

/**
 * Which of the images that fit without a marker are ours; pure. Not one that the ledger has given to
 * another import; unsure where a sibling could own it as well, or where what would tell is not known.
 */
export function judgeUnmarked(
  fitting: readonly ImsImage[],
  wanted: Wanted,
  known: Ownership,
): Judged {
  const images: ImsImage[] = [];
  const unsure: Unsure[] = [];
  for (const image of fitting) {
    const owner = known.owners.get(image.id);
    if (owner !== undefined && owner !== wanted.key) continue;
    const why = owner === wanted.key ? undefined : doubtOf(image, wanted, known);
    if (why === undefined) images.push(image);
    else unsure.push({ image, why });
  }
  if (images.length < 2) return { images, unsure };
  const why = `${images.length} images fit`;
  return { images: [], unsure: [...unsure, ...images.map((image) => ({ image, why }))] };
}

function doubtOf(image: ImsImage, wanted: Wanted, known: Ownership): string | undefined {
  if (image.createdAt === 0) return 'IMS does not say when it was created';
  if (image.kind === undefined) return 'IMS does not say whether it is a system or a data disk';
  if (!known.isComplete) return 'the ledger does not know all of its images at the moment';
  const rival = known.rivals.find((one) => {
    return one.request.kind === wanted.kind && couldOwn(one) && mayBeOf(image, known.sentAt(one));
  });
  if (!rival) return undefined;
  const { copy } = rival.request;
  return `copy ${copy} of the same name and source, which has no image yet, could own it as well`;
}

/** Of those that have an id. */
export function unsureIds(unsure: readonly Unsure[]): readonly string[] {
  return unsure.map(({ image }) => image.id).filter((id) => id !== '');
}

/** True for an import that may have created an image of which the ledger does not know. */
export function couldOwn({ epoch, seenImageIds, state }: LedgerEntry): boolean {
  if (epoch === 0 || seenImageIds.length > 0) return false;
  switch (state.status) {
    case 'submitting':
    case 'creating':
    case 'unknown':
      return true;
    // Sent again: what was sent before may show up.
    case 'pending':
      return state.lookedAt !== undefined;
    // A refusal created nothing.
    case 'failed':
      return state.imageId === undefined && (state.jobId !== undefined || isGivenUp(state.reason));
    case 'cancelled':
      return true;
    case 'succeeded':
      return false;
  }
}

function isGivenUp({ code }: { readonly code: string }): boolean {
  return code === GIVEN_UP;
}

/** Why an import failed that a person gave up: nobody knows what became of its create. */
export const GIVEN_UP = 'GIVEN_UP';
