import { type AttemptDeps, enqueue } from '../shared/attempt/new-attempt.ts';
import type { ImsClient, ImsImage } from '../shared/cloud/ims/ims-answers.ts';
import type { BatchDeps } from '../shared/ledger/batch-store.ts';
import type { FleetClock } from '../shared/ledger/fleet-clock.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { type Found, findOurs, type LookUpDeps } from '../shared/look-up/find-ours.ts';
import { inspectImages, type SeenImage } from '../shared/look-up/inspect-images.ts';
import { GIVEN_UP, mayBelongTo, unsureIds } from '../shared/look-up/match-images.ts';
import { placeOf } from '../shared/look-up/place-of.ts';
import {
  type ImportEvent,
  type ImportState,
  type Reason,
  stateVersion,
} from '../shared/state/import-state.ts';
import { type Selection, selectImports } from './batch-actions.ts';

/** An image that needs a person's decision, and what the image list shows of it now. */
export interface Held {
  readonly entry: LedgerEntry;
  readonly state: Extract<ImportState, { status: 'unknown' }>;
  /** The fleet's time before the list was read. */
  readonly askedAt: number;
  readonly found: Found;
  /** What IMS shows of the images that were once known to be its own. */
  readonly known: readonly SeenImage[];
}

export interface Survey {
  readonly held: readonly Held[];
  /** Unknown images that the workers still look up by themselves. */
  readonly lookedUp: readonly LedgerEntry[];
  /** Images that have been creating for more than a day. */
  readonly overdue: readonly LedgerEntry[];
  /** The fleet's time now. */
  readonly at: number;
}

type SurveyDeps = BatchDeps &
  Omit<LookUpDeps, 'clock'> & {
    readonly ims: Pick<ImsClient, 'image'>;
    readonly time: FleetClock;
  };

/**
 * The unknown images of a batch; reads the image list again for each one that is held.
 * @param selection `most`: examine at most this many held images
 */
export async function surveyUnknown(
  deps: SurveyDeps,
  selection: Selection & { readonly most?: number },
): Promise<Survey> {
  const { most = Number.POSITIVE_INFINITY } = selection;
  const held: Held[] = [];
  const lookedUp: LedgerEntry[] = [];
  const overdue: LedgerEntry[] = [];
  for await (const entry of selectImports(deps, selection)) {
    const { state } = entry;
    if (state.status === 'creating' && state.overdue) overdue.push(entry);
    if (state.status !== 'unknown') continue;
    if (!state.held) {
      lookedUp.push(entry);
      continue;
    }
    if (held.length >= most) break;
    held.push(await examine(deps, entry, state));
  }
  await deps.time.measure();
  return { held, lookedUp, overdue, at: deps.time.now() };
}

async function examine(deps: SurveyDeps, entry: LedgerEntry, state: Held['state']): Promise<Held> {
  await deps.time.measure();
  const askedAt = deps.time.now();
  const found = await findOurs({ ...deps, clock: deps.time }, entry);
  const ids = [...new Set([...entry.seenImageIds, ...(state.imageIds ?? [])])];
  const { ims } = await placeOf(deps, entry.request);
  const known = await inspectImages(ims, ids, entry.request.enterprise_project_id);
  return { entry, state, askedAt, found, known };
}

/** What a person has decided. `imageId` selects one where several were found. */
export type Decision =
  | { readonly kind: 'adopt'; readonly imageId?: string }
  | { readonly kind: 'resubmit' }
  | { readonly kind: 'fail' };

/** `skipped` explains why in a sentence. */
type Resolution =
  | { readonly kind: 'adopted' | 'resubmitted' | 'failed' | 'followed' }
  | { readonly kind: 'skipped'; readonly why: string };

/** Applies a decision to one held image, by compare-and-set: a newer state is never overwritten. */
export async function resolveHeld(
  deps: AttemptDeps,
  held: Held,
  decision: Decision,
): Promise<Resolution> {
  const planned = planResolution(held, decision);
  if ('why' in planned) return { kind: 'skipped', why: planned.why };
  await deps.time.freshen();
  const now = deps.clock.now();
  const due = deps.time.now() + 2 * deps.lockMs;
  const answer = await deps.ledger.change(held.entry.key, planned.event, { now, due });
  if (answer.kind === 'ignored') {
    return { kind: 'skipped', why: 'it has changed meanwhile; check again' };
  }
  if (answer.kind === 'taken') {
    const why = `image ${answer.imageId} belongs to another import (${answer.owner})`;
    return { kind: 'skipped', why };
  }
  await enqueue(deps, answer.entry);
  if (decision.kind === 'adopt') return { kind: 'adopted' };
  if (answer.entry.state.status === 'creating') return { kind: 'followed' };
  return { kind: decision.kind === 'resubmit' ? 'resubmitted' : 'failed' };
}

type Plan = { readonly event: ImportEvent } | { readonly why: string };

/** What follows from a decision and from what the image list shows; pure. */
export function planResolution(held: Held, decision: Decision): Plan {
  const { entry, state, askedAt: at, found } = held;
  const of = stateVersion(entry);
  const { reason } = state;
  if (decision.kind === 'fail') {
    return { event: { type: 'resolved', of, verdict: 'fail', reason: givenUp(reason), at } };
  }
  if (found.kind === 'failed') {
    const { code, message } = found.reason;
    return { why: `the image list could not be read (${code}: ${message})` };
  }
  if (decision.kind === 'adopt') return planAdoption(held, found, decision.imageId);
  const why = whyNotResubmit(held, found);
  if (why !== undefined) return { why };
  return { event: { type: 'resolved', of, verdict: 'resubmit', reason, at } };
}

type Listed = Extract<Held['found'], { kind: 'found' }>;

function planAdoption(held: Held, found: Listed, imageId: string | undefined): Plan {
  const images = adoptable(held, found, imageId);
  const [image, ...more] = images;
  if (!image) {
    const what = imageId === undefined ? 'no image of it' : `no image ${imageId} of it`;
    return { why: `the list shows ${what}` };
  }
  if (more.length > 0) {
    const ids = images.map(({ id }) => id).join(', ');
    return { why: `${images.length} images carry its marker (${ids}); name one: --adopt IMAGE_ID` };
  }
  const { id, status } = image;
  const { askedAt: at } = held;
  return { event: { type: 'found', of: stateVersion(held.entry), image: { id, status }, at } };
}

/** Why a second create could make a double. */
function whyNotResubmit({ entry, known }: Held, { images, unsure }: Listed): string | undefined {
  const existing = [...images, ...aliveOnes(entry, known)].map(({ id }) => id);
  if (existing.length > 0) {
    return `its image is there (${[...new Set(existing)].join(', ')}); adopt it with --adopt`;
  }
  if (unsure.length === 0) return undefined;
  const ids = unsureIds(unsure).join(', ') || 'one without an id';
  return `an existing image may be its own (${ids}); adopt it with --adopt IMAGE_ID, or give up with --fail and then retry`;
}

/** An image without a marker is adopted only when a person names it. */
function adoptable({ entry, known }: Held, { images, unsure }: Listed, id: string | undefined) {
  const sure = [...images];
  for (const image of aliveOnes(entry, known)) {
    if (!sure.some((one) => one.id === image.id)) sure.push(image);
  }
  if (id === undefined) return sure;
  return [...sure, ...unsure.map(({ image }) => image)].filter((image) => image.id === id);
}

/** Images seen earlier that still exist, even if the list no longer shows their marker. */
function aliveOnes(entry: LedgerEntry, known: Held['known']): ImsImage[] {
  return known.flatMap(({ id, sight }) => {
    if (sight.kind !== 'alive' || !entry.seenImageIds.includes(id)) return [];
    return mayBelongTo(sight.image, entry) ? [sight.image] : [];
  });
}

function givenUp(reason: Reason): Reason {
  return {
    code: GIVEN_UP,
    message: `given up with resolve --fail; it was unknown: ${reason.code}: ${reason.message}`,
    advice: 'If IMS created it after all, ims-ferry reconcile lists the image.',
  };
}
