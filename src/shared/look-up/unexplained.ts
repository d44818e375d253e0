import type { ImsImage } from '../cloud/ims/ims-answers.ts';
import { isInCreation } from '../image/image-status.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';

/** Images that carry one marker, beside what the ledger says of it. */
export interface Marked {
  readonly key: string;
  readonly images: readonly ImsImage[];
  readonly entry?: LedgerEntry;
}

/** Up to when an image may be ours although the ledger does not know it. Milliseconds since 1970, IMS's clock. */
export interface Explained {
  /** The ledger begins here, or has lost what it knew before. */
  readonly from: number;
  /** When images were last taken out of the ledger into files. */
  readonly archivedAt: number;
}

/** Between the clock of Redis and that of IMS. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/**
 * The images of a marker that this ledger cannot have created: more of them are younger than the ledger
 * than it has sent creates. Only another installation makes such images, or a person who took the entry
 * out of Redis; for that case see `wasSubmitted`. One that was adopted is known by its id.
 */
export function unexplained({ images, entry }: Marked, explained: Explained): readonly ImsImage[] {
  const known = knownIds(entry);
  // A list that moves while it is read page by page may show one twice.
  const once = new Map(images.map((image) => [image.id, image])).values();
  const young = [...once].filter((image) => !known.has(image.id) && isYoung(image, explained));
  return young.length > (entry?.epoch ?? 0) ? young : [];
}

function isYoung(image: ImsImage, { from, archivedAt }: Explained): boolean {
  if (image.createdAt <= from) return false;
  return isInCreation(image.status) || image.createdAt > archivedAt + CLOCK_TOLERANCE_MS;
}

function knownIds(entry: LedgerEntry | undefined): ReadonlySet<string> {
  if (!entry) return new Set();
  const { state } = entry;
  const own = 'imageId' in state && state.imageId !== undefined ? [state.imageId] : [];
  const others = 'otherImageIds' in state ? (state.otherImageIds ?? []) : [];
  const held = 'imageIds' in state ? (state.imageIds ?? []) : [];
  return new Set([...own, ...others, ...held, ...entry.lateImageIds, ...entry.seenImageIds]);
}

/** True where a lost entry may explain the images: the ledger says nothing of a create. */
export function saysNothing({ entry }: Marked): boolean {
  return entry === undefined || (entry.state.status === 'pending' && entry.epoch === 0);
}

/**
 * True where the other installation works on images of ours: what it has not created yet may be waiting
 * here as well. An image that is done, of an import that waits here, is only adopted.
 */
export function isConflict({ entry }: Marked, images: readonly ImsImage[]): boolean {
  return (
    entry !== undefined && (entry.epoch > 0 || images.some(({ status }) => isInCreation(status)))
  );
}
