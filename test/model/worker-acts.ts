import type { HttpResult } from '../../src/shared/cloud/http/http.ts';
import { sortSubmitAnswer } from '../../src/shared/cloud/ims/sort-submit-answer.ts';
import {
  type ImportEvent,
  type Progress,
  stateVersion,
} from '../../src/shared/state/import-state.ts';
import { checkGone, GONE_CHECKS } from '../../src/worker/before-create.ts';
import { lookUp } from '../../src/worker/look-up.ts';
import { LOST_READS, Poll, SUCCESS_WITHOUT_IMAGE_MS } from '../../src/worker/poll.ts';
import { settleAnswer } from '../../src/worker/settle-answer.ts';
import { Step } from '../../src/worker/step.ts';
import { type CloudView, SESSION } from './cloud.ts';
import { type Act, concludes, type Sight, WINDOW_MS } from './hands.ts';
import { reasonOf } from './progress.ts';
import { type Rules, TURN_MS } from './world.ts';

/** What a step of the product makes of what it sees; `undefined`: nothing. */
export type Conclusion = Promise<ImportEvent | undefined>;

interface Asked {
  readonly progress: Progress;
  readonly cloud: CloudView;
  readonly rules: Rules;
}

/** A poll of an import in creation that has waited for all that it waits for. */
export async function poll({ progress, cloud, rules }: Asked): Conclusion {
  const { state } = progress;
  if (state.status !== 'creating') return undefined;
  const own = cloud.strangeJob ?? cloud.jobs.find(({ id }) => id === state.jobId);
  if (!rules.hasAgreement && own?.status === 'FAIL' && state.jobId !== undefined)
    return { type: 'failed', of: stateVersion(progress), reason: reasonOf('X') };
  const now = TURN_MS * Number((state.jobId ?? state.imageId ?? 'J0').slice(1));
  const waited = { lostReads: LOST_READS - 1, successAt: now - SUCCESS_WITHOUT_IMAGE_MS };
  const last = { ...progress, state: { ...state, ...waited } };
  return conclusion(pollAct, { progress: last, cloud, now, policy: rules.policy });
}

export const pollAct: Act = {
  name: 'poll',
  run: async (deps, entry) =>
    entry.state.status === 'creating' && new Poll(new Step(deps, entry), entry.state).run(),
};

/** A look-up that began before or after the end of the window. */
export async function lookFor(
  { progress, cloud, rules }: Asked,
  { isOver }: { readonly isOver: boolean },
): Conclusion {
  const { state } = progress;
  if (state.status !== 'unknown') return undefined;
  const now = state.sendBy + (isOver ? WINDOW_MS : 0);
  return conclusion(lookUpAct, { progress, cloud, now, policy: rules.policy });
}

export const lookUpAct: Act = {
  name: 'look up',
  run: async (deps, entry) =>
    entry.state.status === 'unknown' && lookUp(new Step(deps, entry), entry.state),
};

/**
 * One of which an image is known, before it is sent again. The cloud hides an image for some of the looks,
 * never for all of them: in the model for the first, and not for the last.
 */
export async function lookWhetherGone({ progress, cloud, rules }: Asked): Conclusion {
  const { state } = progress;
  if (state.status !== 'pending') return undefined;
  const gone = { looks: GONE_CHECKS - 1, since: 0, at: 0 };
  const isLast = state.gone !== undefined || !rules.hasLooks;
  const asked = { ...progress, state: isLast ? { ...state, gone } : state };
  const seen = rules.needsBoth ? cloud : { ...cloud, listed: cloud.read };
  return conclusion(goneAct, { progress: asked, cloud: seen, now: TURN_MS, policy: rules.policy });
}

const goneAct: Act = { name: 'is it gone', run: (deps, entry) => checkGone(new Step(deps, entry)) };

/** The answer to the create of this epoch, or that there was none. */
export async function answerOf(
  epoch: number,
  answer: HttpResult,
  { cloud, rules }: Omit<Asked, 'progress'>,
): Conclusion {
  const state = { status: 'submitting', sendBy: 0, sender: '' } as const;
  const ids = { lateJobIds: [], lateImageIds: [], seenImageIds: [] };
  const progress: Progress = { epoch, attempt: 1, queued: 0, ...ids, state };
  const act: Act = {
    name: `settle ${JSON.stringify(answer)}`,
    run: (deps, entry) => settleAnswer(new Step(deps, entry), SESSION, sortSubmitAnswer(answer)),
  };
  return conclusion(act, { progress, cloud, now: 0, policy: rules.policy });
}

async function conclusion(act: Act, sight: Sight): Conclusion {
  const [event, more] = await concludes(act, sight);
  if (more) throw new Error(`a step has concluded two things: ${event?.type}, ${more.type}`);
  return event && normalEvent(event);
}

/** Only from creating an event says when a window begins. */
export function normalEvent(event: ImportEvent): ImportEvent {
  const begins = 'of' in event && event.of.startsWith('creating');
  const at = 'at' in event && !begins ? { at: 0 } : {};
  const reason = 'reason' in event && event.reason ? { reason: reasonOf(event.reason.code) } : {};
  return { ...event, ...at, ...reason } as ImportEvent;
}
