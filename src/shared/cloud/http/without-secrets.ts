/** The part of a request that holds what the other side is trusted with. */
export interface Trusted {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

const HIDDEN = '[secret]';
/** Shorter ones would be found in innocent words. */
const SHORTEST = 6;

/**
 * The text of an answer without what the request was trusted with. Error pages and gateways repeat
 * headers and bodies, and their words end up in logs, in the ledger and on pages.
 */
export function withoutSecrets(text: string, { headers = {}, json }: Trusted): string {
  const secrets = [...secretsIn(headers), ...passwordsIn(json)].filter(
    (secret) => secret !== undefined && secret.length >= SHORTEST,
  );
  return secrets.flatMap(spellings).reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
}

/** IAM's tokens; the token of temporary keys, and the access key in the signature, of IMS and OBS. */
function secretsIn(headers: Readonly<Record<string, string>>): readonly (string | undefined)[] {
  const accessKey = /(?:Credential|Access)=([^/,]+)[/,]/.exec(headers['authorization'] ?? '')?.[1];
  return [...TOKENS.map((name) => headers[name]), accessKey];
}

const SPELLED = 20;
const spelled = new Map<string, readonly string[]>();

/** The same token comes with thousands of answers; only the latest few are kept. */
function spellings(secret: string | undefined): readonly string[] {
  if (secret === undefined) return [];
  const known = spelled.get(secret) ?? spell(secret);
  spelled.delete(secret);
  spelled.set(secret, known);
  for (const oldest of spelled.keys()) {
    if (spelled.size <= SPELLED) break;
    spelled.delete(oldest);
  }
  return known;
}

/** As it is, and as it stands in JSON, in a URL, in HTML and in base64. */
function spell(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [...new Set([secret, json, encodeURIComponent(secret), html, base64])];
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
