/** Why a whole project has to stop instead of failing image by image. */
export type StopReason = 'quota' | 'money' | 'permission' | 'login' | 'endpoint';

/** What an error code says, what it proves about a create, and what a person can do. */
export type Verdict = {
  /** What is the matter, in a sentence. */
  readonly reason: string;
  readonly advice: string;
} & (
  | { readonly kind: 'refused'; readonly field?: string }
  | { readonly kind: 'not-sent'; readonly cause: 'throttled' | 'token' }
  | { readonly kind: 'stop'; readonly reasonOfStop: StopReason }
  | { readonly kind: 'unclear' }
);

/** IMS, OBS: what a login needs to create, by the actions of their policies, and the roles that have it. */
export const CREATE_RIGHTS =
  'The login needs ims:serverImages:create (data disks: ims:dataImages:create) and must be allowed to read the objects; the roles IMS FullAccess and Tenant Administrator (for OBS) have that. Ask for them';
