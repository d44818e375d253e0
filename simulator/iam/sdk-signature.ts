import { createHash, createHmac } from 'node:crypto';

/** A signed request, not decoded. Header names in lower case. */
export interface SignedRequest {
  readonly method: string;
  /** The path and the query of the request line. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** The parts of `Authorization: SDK-HMAC-SHA256 …`. */
export interface Authorization {
  readonly accessKey: string;
  /** `20260102/eu-de/ims/sdk_request`, whose middle may be empty; absent in the newer dialect. */
  readonly scope?: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

export const ALGORITHM = 'SDK-HMAC-SHA256';
const FIELD = /^(Access|Credential|SignedHeaders|Signature)=(.*)$/;

/** Reads the header; `undefined` where it is not of this form. */
export function readAuthorization(header: string): Authorization | undefined {
  if (!header.startsWith(`${ALGORITHM} `)) return undefined;
  const fields = new Map<string, string>();
  for (const part of header.slice(ALGORITHM.length).split(',')) {
    const [, name = '', value = ''] = FIELD.exec(part.trim()) ?? [];
    if (name === '' || fields.has(name)) return undefined;
    fields.set(name, value);
  }
  const { Access, Credential, SignedHeaders, Signature } = Object.fromEntries(fields);
  const credential = Access ?? Credential;
  if (credential === undefined || (Access !== undefined && Credential !== undefined)) {
    return undefined;
  }
  const [accessKey = '', ...scope] = Access === undefined ? credential.split('/') : [credential];
  if (!accessKey || !SignedHeaders || !/^[0-9a-f]{64}$/.test(Signature ?? '')) return undefined;
  return {
    accessKey,
    ...(Access === undefined ? { scope: scope.join('/') } : {}),
    signedHeaders: SignedHeaders.split(';'),
    signature: Signature ?? '',
  };
}

/** The signature that the owner of a secret key makes for a request. */
export function signatureOf(
  request: SignedRequest,
  { signedHeaders, scope }: Pick<Authorization, 'signedHeaders' | 'scope'>,
  secretKey: string,
): string {
  const date = headerOf(request, 'x-sdk-date');
  const digest = sha256(canonicalRequest(request, signedHeaders, scope !== undefined));
  if (scope === undefined) {
    return hmac(secretKey, `${ALGORITHM}\n${date}\n${digest}`).toString('hex');
  }
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, step) => hmac(secret, step), `SDK${secretKey}`);
  return hmac(key, `${ALGORITHM}\n${date}\n${scope}\n${digest}`).toString('hex');
}

/** The text whose digest is signed. `isOld`: in the dialect with a scope. */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  isOld: boolean,
): string {
  const [path = '', ...rest] = request.target.split('?');
  const query = isOld ? oldQuery(rest.join('?')) : newQuery(rest.join('?'));
  const names = signedHeaders.map((name) => name.toLowerCase()).sort();
  const lines = names.map((name) => {
    const value = headerOf(request, name).trim();
    return `${name}:${isOld ? value.replace(/\s+/g, ' ') : value}\n`;
  });
  // The older dialect signs the query of a POST without a body in the body's place.
  const isMoved = isOld && request.method === 'POST' && request.body.length === 0;
  const declared = headerOf(request, 'x-sdk-content-sha256');
  const payload = declared || sha256(isMoved ? query : request.body);
  return [
    request.method.toUpperCase(),
    canonicalPath(path),
    isMoved ? '' : query,
    lines.join(''),
    names.join(';'),
    payload,
  ].join('\n');
}

/** Only the signature has the slash at the end. */
function canonicalPath(path: string): string {
  const encoded = path
    .split('/')
    .map((segment) => encode(decode(segment)))
    .join('/');
  return encoded.endsWith('/') ? encoded : `${encoded}/`;
}

type Pair = readonly [name: string, value: string];

function pairsOf(query: string): readonly Pair[] {
  const parts = query.split('&').filter((part) => part !== '');
  return parts.map((part) => {
    const [name = '', ...value] = part.split('=');
    return [encode(decode(name)), encode(decode(value.join('=')))];
  });
}

function newQuery(query: string): string {
  return joined(pairsOf(query).toSorted(byText(([name, value]) => [name, value])));
}

/** Only the first value of a name is signed; the order ignores case. */
function oldQuery(query: string): string {
  const first = new Map(pairsOf(query).toReversed());
  return joined([...first].toSorted(byText(([name]) => [name.toLowerCase(), name])));
}

function byText(keyOf: (pair: Pair) => Pair) {
  return (one: Pair, other: Pair): number => {
    const [[a, b], [c, d]] = [keyOf(one), keyOf(other)];
    return compare(a, c) || compare(b, d);
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function joined(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

/** RFC 3986: all but `A-Za-z0-9-_.~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function headerOf({ headers }: Pick<SignedRequest, 'headers'>, name: string): string {
  const value = headers[name] ?? '';
  return typeof value === 'string' ? value : value.join(', ');
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
