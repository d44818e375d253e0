import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { hideSecrets } from '../../errors/known-secrets.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import { parseJson } from '../../text/parse-json.ts';
import type { HttpRequest } from './http-request.ts';

/** An answer as it came, whatever its status. */
export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Parsed JSON; `undefined` when it is none. */
  readonly body: unknown;
  /** A short piece of the text, for messages; of HTML only the title. */
  readonly text: string;
  readonly requestId?: string;
  /** The server's Date, in milliseconds since 1970. */
  readonly serverTime?: number;
  /** `Retry-After`, at most ten minutes. */
  readonly retryAfterMs?: number;
  /** IAM's token. Never logged. */
  readonly subjectToken?: string;
  /** The requested headers, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole text, if requested. */
  readonly raw?: string;
  /** The bytes of a 2xx, if requested. */
  readonly bytes?: Uint8Array;
}

const LONGEST_RETRY_MS = 600_000;

export function readAnswer(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  text: string,
  { now, keep, raw }: Pick<HttpRequest, 'keep' | 'raw'> & { readonly now: number },
): HttpAnswer {
  const serverTime = Date.parse(headers.get('date') ?? '');
  const requestId = headers.get('x-request-id');
  return {
    kind: 'answer',
    status,
    body: parseJson(text),
    text: shortText(text),
    ...omitUndefined({
      requestId: requestId === null ? undefined : plain(requestId, 100),
      serverTime: Number.isNaN(serverTime) ? undefined : serverTime,
      retryAfterMs: retryAfter(headers.get('retry-after'), now),
      subjectToken: headers.get('x-subject-token') ?? undefined,
      headers: keep && pick(headers, keep),
      raw: raw === true ? text : undefined,
    }),
  };
}

function pick(headers: Headers, names: readonly string[]): Readonly<Record<string, string>> {
  const found = names.filter((name) => headers.has(name));
  return Object.fromEntries(found.map((name) => [name, plain(headers.get(name) ?? '', 200)]));
}

/** `Retry-After` in seconds or as a date; nonsense is ignored, and ten minutes are the maximum. */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now;
  if (Number.isNaN(ms) || ms < 0) return undefined;
  return Math.min(LONGEST_RETRY_MS, ms);
}

/** Text from outside for one line: no control characters, cut at `length`. */
export function plain(text: string, length: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these have to go
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]+/g, ' ').trim();
  return clean.length > length ? `${clean.slice(0, length - 1)}…` : clean;
}

function shortText(text: string): string {
  const head = text.slice(0, 5000);
  const title = /<title[^>]*>([^<]*)/i.exec(head)?.[1];
  if (title !== undefined) return `HTML page "${plain(title, 100)}"`;
  return /^\s*</.test(head) ? 'an HTML or XML page' : plain(head, 300);
}

type Unpack = (
  bytes: Buffer<ArrayBuffer>,
  options: { readonly maxOutputLength: number },
) => Promise<Buffer<ArrayBuffer>>;

const UNPACK = new Map<string, Unpack>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * The bytes of a body, counted as they come and after unpacking, whatever the headers say. Some gateways
 * compress although the request forbids it.
 * @throws Error with the code TOO_LARGE or NOT_UNPACKED
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  encoding: string | readonly string[] | undefined,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > maxBytes) throw coded('TOO_LARGE');
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  const unpack = UNPACK.get(
    String(encoding ?? '')
      .trim()
      .toLowerCase(),
  );
  if (size === 0 || !unpack) return bytes;
  try {
    return await unpack(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    throw coded(error instanceof RangeError ? 'TOO_LARGE' : 'NOT_UNPACKED');
  }
}

function coded(code: string): Error {
  return Object.assign(new Error('a body that cannot be read'), { code });
}

/**
 * The text of an answer without the secrets of its request. Error pages and gateways repeat headers and
 * bodies, and their words end up in logs, in the ledger and on pages.
 */
export function withoutSecrets(
  text: string,
  { headers = {}, json }: Pick<HttpRequest, 'headers' | 'json'>,
): string {
  // The access key is in the signature.
  const accessKey = /(?:Credential|Access)=([^/,]+)[/,]/.exec(headers['authorization'] ?? '')?.[1];
  const tokens = TOKEN_HEADERS.map((name) => headers[name]);
  return hideSecrets(text, [...tokens, accessKey, ...passwordsIn(json)]);
}

/** IAM's tokens, and the token of temporary keys for IMS and OBS. */
const TOKEN_HEADERS = [
  'x-auth-token',
  'x-subject-token',
  'x-security-token',
  'x-amz-security-token',
] as const;

/** Every field named password or secret, and the id of a token, at any depth. */
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
