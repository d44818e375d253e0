import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../shared/runtime/clock.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Of this process only: makes the compared values equally long and reveals nothing about them. */
const COMPARE_KEY = randomBytes(32);

/** The user of a correct `Authorization: Basic` header; a wrong one takes as long to check. */
export function userOf(header: string | undefined, login: Login): string | undefined {
  const given = readBasic(header);
  const isRight = isLogin(given ?? { user: '', password: '' }, login);
  return given !== undefined && isRight ? login.user : undefined;
}

/** True for the right user with the right password; anything else takes as long to check. */
export function isLogin(given: Login, login: Login): boolean {
  const user = isSame(given.user, login.user);
  const password = isSame(given.password, login.password);
  return user && password;
}

function readBasic(header: string | undefined): Login | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]{1,2000}={0,2})$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function isSame(given: string, right: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', COMPARE_KEY).update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}

const MAX_GUESSES = 10;
const WINDOW_MS = 5 * 60_000;
/** Beyond this many addresses the oldest is forgotten first. */
const MAX_ADDRESSES = 10_000;

interface Guesses {
  readonly count: number;
  readonly until: number;
}

/**
 * Counts wrong logins per address or known device. After ten, that client waits until five minutes
 * have passed. A correct login does not reset the count: it may come from somebody else there.
 */
export class GuessLimit {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #guesses = new Map<string, Guesses>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Milliseconds that this address has to wait; 0 = it may try. */
  waitMs(address: string): number {
    const known = this.#known(address);
    return known && known.count >= MAX_GUESSES ? known.until - this.#clock.monotonic() : 0;
  }

  wrong(address: string): void {
    const known = this.#known(address);
    const until = known?.until ?? this.#clock.monotonic() + WINDOW_MS;
    this.#guesses.set(networkOf(address), { count: (known?.count ?? 0) + 1, until });
    const [oldest = ''] = this.#guesses.keys();
    if (this.#guesses.size > MAX_ADDRESSES) this.#guesses.delete(oldest);
  }

  #known(address: string): Guesses | undefined {
    const network = networkOf(address);
    const known = this.#guesses.get(network);
    if (!known || known.until > this.#clock.monotonic()) return known;
    this.#guesses.delete(network);
    return undefined;
  }
}

/** Whoever has one IPv6 address has the whole /64 it is in. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const first = head.split(':').filter(Boolean);
  const last = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array.from({ length: zeros }, () => '0'), ...last];
  return groups.slice(0, 4).join(':');
}

const COOKIE_NAME = 'ferry-device';
const COOKIE = new RegExp(`(?:^|;\\s*)${COOKIE_NAME}=([\\w-]{22})\\.([\\w-]{43})(?:;|$)`);
const MONTH_S = 30 * 24 * 3600;

/**
 * Browsers that have logged in before, by a cookie that only this process can make. The cookie grants
 * nothing: it gives the browser its own count of wrong logins, so that guesses by others from the same
 * address, behind a proxy or a router, do not lock it out.
 */
export class KnownDevices {
  readonly #key = randomBytes(32);
  readonly #path: string;

  /** @param base path of the dashboard on its host: other pages there do not get the cookie */
  constructor(base = '') {
    this.#path = `${base}/`;
  }

  /** The device named by the cookies of a request, if this process has issued it. */
  read(cookies: string | undefined): string | undefined {
    const [, id = '', mac = ''] = COOKIE.exec(cookies ?? '') ?? [];
    if (id === '') return undefined;
    const isOurs = timingSafeEqual(Buffer.from(mac), Buffer.from(this.#macOf(id)));
    return isOurs ? id : undefined;
  }

  /** `Set-Cookie` for a browser that has just logged in. */
  cookie(): string {
    const id = randomBytes(16).toString('base64url');
    const rules = `Path=${this.#path}; Max-Age=${MONTH_S}; HttpOnly; SameSite=Strict`;
    return `${COOKIE_NAME}=${id}.${this.#macOf(id)}; ${rules}`;
  }

  #macOf(id: string): string {
    return createHmac('sha256', this.#key).update(id).digest('base64url');
  }
}
