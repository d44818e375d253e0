import type { Explained } from '../../shared/cloud/http/service-error.ts';
import type { WriteAnswer } from '../../shared/cloud/ims/ims-writer.ts';
import { refusalAdvice } from '../../shared/cloud/ims/rights.ts';
import { NEEDED } from '../../shared/dialect/rights.ts';
import type { Member } from '../../shared/image/sharing.ts';
import { isRefusedForGood } from '../../shared/look-up/inspect-images.ts';

/** Answers without a code of IMS that may be refusals: believed when they come this often. */
export const TRIES = 3;

/** What IMS says, and which right is missing where that is the reason. */
export function whyOf({ code, message }: Explained): {
  readonly code: string;
  readonly message: string;
} {
  if (!isRefusedForGood(code)) return { code, message };
  return { code, message: `${message} ${refusalAdvice(NEEDED.share, code)}` };
}

export const OWN_PROJECT: Member = {
  status: 'failed',
  code: 'OWN_PROJECT',
  message: 'the image belongs to this project',
};

export function isUndecided({ status }: Member): boolean {
  return status === 'pending' || status === 'rejected';
}

/** Glance: the member is there already. It says so in plain text, which the next look confirms. */
export function isConflict(answer: WriteAnswer): boolean {
  return answer.kind === 'refused' ? answer.status === 409 : codeOf(answer) === 'HTTP_409';
}

/** A 4xx that Glance says in words nobody has listed, or a page of something in between: only its repetition says which. */
function isMaybeRefused(answer: WriteAnswer): boolean {
  if (answer.kind === 'not-found') return true;
  return answer.kind === 'failed' && !answer.throttled && /^HTTP_4(?!08)/.test(answer.code);
}

function codeOf(answer: WriteAnswer): string | undefined {
  return answer.kind === 'ok' ? undefined : answer.code;
}

/** What follows for a project from an answer that is neither a success nor a conflict; `undefined`: nothing. */
export function notAdded(
  before: Member | undefined,
  answer: Exclude<WriteAnswer, { kind: 'ok' }>,
): Member | undefined {
  const { code } = answer;
  // The code has the status already.
  const message = answer.message.replace(/^HTTP \d+ /, '');
  if (answer.kind === 'refused') return { status: 'failed', ...whyOf(answer) };
  if (!isMaybeRefused(answer)) return undefined;
  const tries = (before?.tries ?? 0) + 1;
  return tries >= TRIES
    ? { status: 'failed', code, message }
    : { status: 'adding', code, message, tries };
}
