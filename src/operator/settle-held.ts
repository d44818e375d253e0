import { type AttemptDeps, enqueue } from '../shared/attempt/new-attempt.ts';
import type { ImsImage } from '../shared/cloud/ims/ims-answers.ts';
import { markerOf } from '../shared/image/import-key.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { GIVEN_UP, unsureIds } from '../shared/look-up/judge-unmarked.ts';
import { type ImportEvent, type Reason, stateVersion } from '../shared/state/import-state.ts';
import type { Held } from './survey-unknown.ts';

/** What a person has decided. `imageId` picks one where several were found. */
export type Decision =
  | { readonly kind: 'adopt'; readonly imageId?: string }
  | { readonly kind: 'resubmit' }
  | { readonly kind: 'fail' };

/** `skipped` says why, in a sentence. */
export type Settled =
  | { readonly kind: 'adopted' | 'resubmitted' | 'failed' | 'followed' }
  | { readonly kind: 'skipped'; readonly why: string };

/** Carries a decision out for one held image; by compare-and-set, so that nothing newer is touched. */
export async function settleHeld(
  deps: AttemptDeps,
  held: Held,
  decision: Decision,
): Promise<Settled> {
  const planned = plan(held, decision);
  if ('why' in planned) return { kind: 'skipped', why: planned.why };
  await deps.time.freshen();
  const now = deps.clock.now();
  const due = deps.time.now() + 2 * deps.lockMs;
  const answer = await deps.ledger.change(held.entry.key, planned.event, { now, due });
  if (answer.kind === 'ignored') {
    return { kind: 'skipped', why: 'it has moved on meanwhile; look again' };
  }
  if (answer.kind === 'taken') {
    const why = `image ${answer.imageId} is that of another import (${answer.owner})`;
    return { kind: 'skipped', why };
  }
  await enqueue(deps, answer.entry);
  if (decision.kind === 'adopt') return { kind: 'adopted' };
  if (answer.entry.state.status === 'creating') return { kind: 'followed' };
  return { kind: decision.kind === 'resubmit' ? 'resubmitted' : 'failed' };
}

type Plan = { readonly event: ImportEvent } | { readonly why: string };

/** What follows from a decision and from what the list shows; pure. */
export function plan(held: Held, decision: Decision): Plan {
  const { entry, state, askedAt, found } = held;
  const of = stateVersion(entry);
  if (decision.kind === 'fail') {
    return {
      event: { type: 'resolved', of, verdict: 'fail', reason: given(state.reason), at: askedAt },
    };
  }
  if (found.kind === 'failed') {
    return {
      why: `the image list could not be read (${found.reason.code}: ${found.reason.message})`,
    };
  }
  if (decision.kind === 'resubmit') {
    const why = whyNotAgain(held, found);
    if (why !== undefined) return { why };
    const { reason } = state;
    return { event: { type: 'resolved', of, verdict: 'resubmit', reason, at: askedAt } };
  }
  const { imageId } = decision;
  const images = takeable(held, found, imageId);
  const [image, ...more] = images;
  if (!image) {
    const what = imageId === undefined ? 'no image of it' : `no image ${imageId} of it`;
    return { why: `the list shows ${what}` };
  }
  if (more.length > 0) {
    const ids = images.map(({ id }) => id).join(', ');
    return { why: `${images.length} images carry its marker (${ids}); name one: --adopt IMAGE_ID` };
  }
  return {
    event: { type: 'found', of, image: { id: image.id, status: image.status }, at: askedAt },
  };
}

type Listed = Extract<Held['found'], { kind: 'found' }>;

/** What speaks against a second create now. */
function whyNotAgain({ entry, known }: Held, { images, unsure }: Listed): string | undefined {
  const there = [...images, ...livingKnown(entry, known)].map(({ id }) => id);
  if (there.length > 0) {
    return `its image is there (${[...new Set(there)].join(', ')}); take it over with --adopt`;
  }
  if (unsure.length === 0) return undefined;
  const ids = unsureIds(unsure).join(', ') || 'one without an id';
  return `what is there may be its image (${ids}); take it with --adopt IMAGE_ID, or give it up with --fail and then retry`;
}

/** One that carries no marker is taken only when a person names it. */
function takeable({ entry, known }: Held, { images, unsure }: Listed, id: string | undefined) {
  const sure = [...images];
  for (const image of livingKnown(entry, known)) {
    if (!sure.some((one) => one.id === image.id)) sure.push(image);
  }
  if (id === undefined) return sure;
  return [...sure, ...unsure.map(({ image }) => image)].filter((image) => image.id === id);
}

/** Images that were seen once and are there, though the list does not show their marker. */
function livingKnown({ key, seenImageIds }: LedgerEntry, known: Held['known']): ImsImage[] {
  return known.flatMap(({ id, sight }) => {
    if (sight.kind !== 'alive' || !seenImageIds.includes(id)) return [];
    return (markerOf(sight.image.tags) ?? key) === key ? [sight.image] : [];
  });
}

function given(reason: Reason): Reason {
  return {
    code: GIVEN_UP,
    message: `given up with resolve --fail; it was unknown: ${reason.code}: ${reason.message}`,
    advice: 'If IMS created it after all, the image is there; ims-ferry reconcile shows it.',
  };
}
