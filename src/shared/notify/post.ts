import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { retryAfter } from '../cloud/http/answer.ts';
import { createConnector } from '../cloud/http/connection.ts';
import { readFailure } from '../cloud/http/failure.ts';
import type { NotifyConfig, NotifyTarget } from '../config/notify-config.ts';
import type { Clock } from '../runtime/clock.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { isPublicAddress, NOT_ALLOWED, publicOnly } from './allowed-address.ts';

export type PostResult =
  | { readonly kind: 'delivered' }
  /** `isFinal`: the receiver wants no more attempts (410). */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly isFinal: boolean;
      readonly retryAfterMs?: number;
    };

export interface Poster {
  /** Sends once. The reason names neither path nor query nor anything that the receiver wrote. */
  post(
    target: NotifyTarget,
    body: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<PostResult>;
  close(): Promise<void>;
}

interface PosterOptions extends Pick<NotifyConfig, 'allowPrivate' | 'proxy'> {
  readonly clock: Pick<Clock, 'now'>;
  /** @default the system's */
  readonly lookup?: LookupFunction;
  /** For a whole exchange, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** Of an answer. It is thrown away: it only frees the connection. */
const MAX_BYTES = 16_384;
const GONE = 410;
const OURS = { 'content-type': 'application/json', 'user-agent': 'ims-ferry' };
const NOT_ALLOWED_TEXT =
  'its address is one of this machine or of a private network (IMS_FERRY_NOTIFY_ALLOW_PRIVATE=1 allows that)';

/** The only file that calls receivers of notifications. Nothing is followed, and the status alone counts. */
export function createPoster(options: PosterOptions): Poster {
  const { allowPrivate, proxy, lookup, clock, timeoutMs = TIMEOUT_MS } = options;
  const resolve = allowPrivate ? lookup : publicOnly(lookup);
  const connect = createConnector(
    omitUndefined({ network: omitUndefined({ proxy }), connectMs: timeoutMs, lookup: resolve }),
  );
  const agent = new Agent({ connect, allowH2: false, pipelining: 0, keepAliveTimeout: 1000 });
  return {
    post: async ({ url: text, host }, body, headers) => {
      const url = new URL(text);
      const literal = url.hostname.replace(/^\[|\]$/g, '');
      if (!allowPrivate && isIP(literal) !== 0 && !isPublicAddress(literal)) {
        return failed(`${NOT_ALLOWED_TEXT} (${host})`);
      }
      try {
        const {
          statusCode,
          headers: answered,
          body: answer,
        } = await request(url, {
          method: 'POST',
          dispatcher: agent,
          headers: { ...OURS, ...loginOf(url), ...headers },
          body,
          signal: AbortSignal.timeout(timeoutMs),
        });
        // Whatever happens to it: the receiver has answered.
        await answer.dump({ limit: MAX_BYTES }).catch(() => undefined);
        const wait = retryAfter(String(answered['retry-after'] ?? ''), clock.now());
        return resultOf(statusCode, host, wait);
      } catch (error) {
        const { code, message } = readFailure(error, host);
        return failed(code === NOT_ALLOWED ? `${NOT_ALLOWED_TEXT} (${host})` : message);
      }
    },
    close: () => agent.destroy(),
  };
}

function resultOf(status: number, host: string, retryAfterMs: number | undefined): PostResult {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const isRedirect = status >= 300 && status < 400;
  const reason = isRedirect
    ? `it redirects to another address, which is not followed (HTTP ${status}, ${host})`
    : `it answered HTTP ${status} (${host})`;
  return omitUndefined({ ...failed(reason), isFinal: status === GONE, retryAfterMs });
}

function failed(reason: string): PostResult & { readonly kind: 'failed' } {
  return { kind: 'failed', reason, isFinal: false };
}

/** User and password of the address, which many receivers behind a proxy want. */
function loginOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}
