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
  /** The headers that were asked for, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole text, where it was asked for. */
  readonly raw?: string;
}

/** What of an answer comes before its body. */
export interface Answered {
  readonly status: number;
  /** In lower case; several of one name in a list. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const LONGEST_RETRY_MS = 600_000;

export function readAnswer(
  response: Answered,
  text: string,
  wanted: { readonly now: number; readonly keep?: readonly string[]; readonly raw?: boolean },
): HttpAnswer {
  const { status } = response;
  const { now, keep } = wanted;
  const header = (name: string): string | null => headerOf(response, name);
  const serverTime = Date.parse(header('date') ?? '');
  const retryAfterMs = retryAfter(header('retry-after'), now);
  const requestId = header('x-request-id');
  const subjectToken = header('x-subject-token');
  return {
    kind: 'answer',
    status,
    body: parseJson(text),
    text: shortText(text),
    ...(requestId === null ? {} : { requestId: plain(requestId, 100) }),
    ...(Number.isNaN(serverTime) ? {} : { serverTime }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(subjectToken === null ? {} : { subjectToken }),
    ...(keep === undefined ? {} : { headers: pick(response, keep) }),
    ...(wanted.raw === true ? { raw: text } : {}),
  };
}

function headerOf({ headers }: Answered, name: string): string | null {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : (value ?? null);
}

function pick(response: Answered, names: readonly string[]): Readonly<Record<string, string>> {
  const found = names.map((name) => [name, headerOf(response, name)] as const);
  return Object.fromEntries(
    found.flatMap(([name, value]) => (value === null ? [] : [[name, plain(value, 200)]])),
  );
}

/** `Retry-After` in seconds or as a date; nonsense is ignored, a year is cut to ten minutes. */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now;
  if (Number.isNaN(ms) || ms < 0) return undefined;
  return Math.min(LONGEST_RETRY_MS, ms);
}

/** Text from outside for one line: no control characters, cut at `length`. */
export function plain(text: string, length: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]+/g, ' ').trim();
  return clean.length > length ? `${clean.slice(0, length - 1)}…` : clean;
}

function shortText(text: string): string {
  const head = text.slice(0, 5000);
  const title = /<title[^>]*>([^<]*)/i.exec(head)?.[1];
  if (title !== undefined) return `HTML page "${plain(title, 100)}"`;
  return /^\s*</.test(head) ? 'an HTML or XML page' : plain(head, 300);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
