import { hideSecrets } from '../../errors/known-secrets.ts';

/** The part of a request that holds what the other side is trusted with. */
export interface Trusted {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/**
 * The text of an answer without what the request was trusted with. Error pages and gateways repeat
 * headers and bodies, and their words end up in logs, in the ledger and on pages.
 */
export function withoutSecrets(text: string, { headers = {}, json }: Trusted): string {
  return hideSecrets(text, [...secretsIn(headers), ...passwordsIn(json)]);
}

/** IAM's tokens; the token of temporary keys, and the access key in the signature, of IMS and OBS. */
function secretsIn(headers: Readonly<Record<string, string>>): readonly (string | undefined)[] {
  const accessKey = /(?:Credential|Access)=([^/,]+)[/,]/.exec(headers['authorization'] ?? '')?.[1];
  return [...TOKENS.map((name) => headers[name]), accessKey];
}

const TOKENS = [
  'x-auth-token',
  'x-subject-token',
  'x-security-token',
  'x-amz-security-token',
] as const;

/** Every field that is called password or secret, and the id of a token, however deep. */
function passwordsIn(value: unknown): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, field]) => {
    if (typeof field === 'string') return /password|secret/i.test(name) ? [field] : [];
    const isToken = name === 'token' && field !== null && typeof field === 'object';
    return isToken && 'id' in field && typeof field.id === 'string'
      ? [field.id]
      : passwordsIn(field);
  });
}
