import type { Credential } from '../../config/cloud/cloud-config.ts';

/** What IAM said when it refused a login, and what kind of login it was. */
export interface Refused {
  readonly code: string;
  readonly message: string;
  readonly method: Credential['method'];
  /** It asks for another factor. */
  readonly wantsMore?: boolean;
}

/** IAM: codes of its error table that a login can meet, and what a person can do. */
const IAM_CODES: Readonly<Record<string, string>> = {
  'IAM.0001': 'Check OS_USERNAME and OS_PASSWORD.',
  'IAM.0002': 'This user may not log in to this project; ask for the permission.',
  'IAM.0003': 'This user may not log in to this project; ask for the permission.',
  'IAM.0004': 'Check the names of account (domain), project and agency.',
  'IAM.0007': 'Check the names of user, domain and project.',
  'IAM.0011': 'Check the names of user, domain and project.',
  'IAM.0061': 'The user is locked: wait until IAM unlocks it, or have it unlocked.',
  'IAM.0062': 'Check OS_PASSWORD.',
  'IAM.0066': 'Fetch a new token.',
  'IAM.0067': 'Fetch a new token.',
  'IAM.0080': 'The user is disabled: have it enabled, or use another one.',
  'IAM.0081': 'The user is for the console only: allow it programmatic access.',
  'IAM.0082': 'The user is disabled: have it enabled, or use another one.',
  'IAM.0083': 'The user has no access to this region: check OS_AUTH_URL.',
  'IAM.1104': 'The access key is blocked: use another one.',
  'IAM.1105': 'The access key has expired: create a new one.',
  'IAM.1106': 'The access key belongs to no user: check OS_ACCESS_KEY.',
  'IAM.1107': 'The access key is inactive: enable it.',
  'IAM.1108': 'The temporary keys have expired: fetch new ones.',
  'IAM.1109': 'Set OS_PROJECT_NAME or OS_PROJECT_ID.',
};

/** IAM names no code for it; seen are texts about TOTP and verification codes. */
const SECOND_FACTOR = /\b(mfa|totp|multi-?factor|two-?factor|verification code|passcode)\b/i;
const DISABLED = /\b(disabled|deactivated|suspended|frozen)\b/i;
const LOCKED = /\block(ed|out)\b/i;

const ANY: Readonly<Record<Credential['method'], string>> = {
  password: 'Check OS_USERNAME, OS_PASSWORD, OS_USER_DOMAIN_NAME and the project.',
  token: 'Fetch a new token into OS_TOKEN, for the project that is wanted.',
  keys: 'Check OS_ACCESS_KEY, OS_SECRET_KEY, OS_SECURITY_TOKEN for temporary keys, and the clock of this machine: signatures are good for 15 minutes.',
};

/** What to do about a login that IAM refused: by its code, else by its words. */
export function loginAdvice({ code, message, method, wantsMore = false }: Refused): string {
  if (wantsMore || SECOND_FACTOR.test(message)) {
    return 'This user needs a second factor (MFA), which a program cannot give: use one without MFA, AK/SK, or an agency.';
  }
  const known = IAM_CODES[code];
  if (known !== undefined) return known;
  if (DISABLED.test(message)) return 'Have the user enabled, or use another one.';
  if (LOCKED.test(message)) return 'Wait until IAM unlocks the user, or have it unlocked.';
  return ANY[method];
}
