const HIDDEN = '[secret]';
/** Shorter secrets would match ordinary words. */
const MIN_LENGTH = 6;
const MAX_SECRETS = 100;

/** The latest secrets that this process has read from its settings. */
const known = new Set<string>();

/** From now on unexpected errors are shown without it. */
export function noteSecret(secret: string | undefined): void {
  if (secret === undefined || secret.length < MIN_LENGTH) return;
  known.delete(secret);
  known.add(secret);
  for (const oldest of known) {
    if (known.size <= MAX_SECRETS) break;
    known.delete(oldest);
  }
}

/** The text without these secrets, in any encoding. */
export function hideSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  return secrets
    .filter((secret) => secret !== undefined && secret.length >= MIN_LENGTH)
    .flatMap(spellings)
    .reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
}

/** Patterns that always hold a secret: headers, signatures, user and password of an address. */
const SECRET_SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:AWS4|SDK)-HMAC-SHA256\b[^"']*/g, HIDDEN],
  [
    /\b((?:x-auth-token|x-subject-token|x-security-token|x-amz-security-token|(?:proxy-)?authorization)["']?\s*[:=,]\s*)(?:"[^"]*"|'[^']*'|[^\r\n]+)/gi,
    `$1${HIDDEN}`,
  ],
  [/\b((?:Basic|Bearer)\s+)[A-Za-z0-9+/=._~-]{6,}/g, `$1${HIDDEN}`],
  [/(\/\/)[^\s/]*@/g, `$1${HIDDEN}@`],
];

/** For unexpected errors, which may quote anything: hides whatever could be a secret. */
export function redacted(text: string): string {
  const shown = hideSecrets(text, [...known]);
  return SECRET_SHAPES.reduce((left, [shape, instead]) => left.replace(shape, instead), shown);
}

const MAX_CACHED = 20;
const spelled = new Map<string, readonly string[]>();

/** Cached: the same token is looked for in thousands of responses. Only the latest few are kept. */
function spellings(secret: string | undefined): readonly string[] {
  if (secret === undefined) return [];
  const all = spelled.get(secret) ?? spell(secret);
  spelled.delete(secret);
  spelled.set(secret, all);
  for (const oldest of spelled.keys()) {
    if (spelled.size <= MAX_CACHED) break;
    spelled.delete(oldest);
  }
  return all;
}

/** As it is, and as written in JSON, in a URL, in HTML and in base64. */
function spell(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const base64 = Buffer.from(secret)
    .toString('base64')
    .replace(/(?<!=)=+$/, '');
  // A lone surrogate has no URL encoding.
  const url = secret.isWellFormed() ? [encodeURIComponent(secret)] : [];
  return [...new Set([secret, json, ...url, html, base64])];
}
