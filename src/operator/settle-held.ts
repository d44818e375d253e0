import { type AttemptDeps, enqueue } from '../shared/attempt/new-attempt.ts';
import type { ImportEvent } from '../shared/state/import-event.ts';
import { incarnation, type Reason } from '../shared/state/import-state.ts';
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
  const now = deps.clock.now();
  const due = now + 2 * deps.lockMs;
  const answer = await deps.ledger.change(held.entry.key, planned.event, { now, due });
  if (answer.kind === 'ignored') {
    return { kind: 'skipped', why: 'it has moved on meanwhile; look again' };
  }
  await enqueue(deps, answer.entry);
  if (decision.kind === 'adopt') return { kind: 'adopted' };
  if (answer.entry.state.status === 'creating') return { kind: 'followed' };
  return { kind: decision.kind === 'resubmit' ? 'resubmitted' : 'failed' };
}

type Plan = { readonly event: ImportEvent } | { readonly why: string };

/** What follows from a decision and from what the list shows; pure. */
export function plan({ entry, state, askedAt, found }: Held, decision: Decision): Plan {
  const of = incarnation(entry);
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
  const { images } = found;
  if (decision.kind === 'resubmit') {
    if (images.length > 0) {
      const ids = images.map(({ id }) => id).join(', ');
      return { why: `its image is there (${ids}); take it over with --adopt` };
    }
    const { reason } = state;
    return { event: { type: 'resolved', of, verdict: 'resubmit', reason, at: askedAt } };
  }
  const { imageId } = decision;
  const chosen = imageId === undefined ? images : images.filter(({ id }) => id === imageId);
  const [image, ...more] = chosen;
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

function given(reason: Reason): Reason {
  return {
    code: 'GIVEN_UP',
    message: `given up with resolve --fail; it was unknown: ${reason.code}: ${reason.message}`,
    advice: 'If IMS created it after all, the image is there; ims-ferry reconcile shows it.',
  };
}
