/** Why a whole project has to stop instead of failing image by image. */
export type StopReason = 'quota' | 'money' | 'permission' | 'login' | 'endpoint';

/** What an error code means, what it proves about a create, and what a person can do. */
export type Verdict = {
  /** What is wrong, in a sentence. */
  readonly reason: string;
  readonly advice: string;
} & (
  | { readonly kind: 'refused'; readonly field?: string }
  | { readonly kind: 'not-sent'; readonly cause: 'throttled' | 'token' }
  | { readonly kind: 'stop'; readonly reasonOfStop: StopReason }
  | { readonly kind: 'unclear' }
);

const RESUME = 'then run: ims-ferry resume';

export const stop = (reasonOfStop: StopReason, reason: string, advice: string): Verdict => ({
  kind: 'stop',
  reasonOfStop,
  reason,
  advice: `${advice}, ${RESUME}`,
});
export const throttled = (reason: string): Verdict => ({
  kind: 'not-sent',
  cause: 'throttled',
  reason,
  advice: 'Nothing to do: it is sent again later.',
});
export const token = (reason: string): Verdict => ({
  kind: 'not-sent',
  cause: 'token',
  reason,
  advice: 'Nothing to do: a new login is made.',
});
