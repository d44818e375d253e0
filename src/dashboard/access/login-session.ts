import { createHmac, scryptSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Login } from './login.ts';

const COOKIE_NAME = 'ferry-session';
const COOKIE = new RegExp(`(?:^|;\\s*)${COOKIE_NAME}=(\\d{10,12})\\.([\\w-]{43})(?:;|$)`);
const LIFE_S = 12 * 3600;

/**
 * Browsers that have logged in with the form, by a cookie. Its key follows from the login, slowly, as a
 * guess at the password must be slow: sessions outlive a restart, hold on every dashboard with the
 * same login, and end when the password is changed.
 */
export class LoginSessions {
  readonly #login: Login;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #path: string;
  readonly #key: Buffer;

  /** @param base path of the dashboard on its host: other pages there do not get the cookie */
  constructor(login: Login, clock: Pick<Clock, 'now'>, base = '') {
    this.#login = login;
    this.#clock = clock;
    this.#path = `${base}/`;
    this.#key = scryptSync(login.password, `ims-ferry session of ${login.user}`, 32);
  }

  /** The user whom the cookies of a request prove to have logged in; `undefined` after 12 hours. */
  userOf(cookies: string | undefined): string | undefined {
    const [, until = '', mac = ''] = COOKIE.exec(cookies ?? '') ?? [];
    if (until === '' || Number(until) * 1000 <= this.#clock.now()) return undefined;
    const isOurs = timingSafeEqual(Buffer.from(mac), Buffer.from(this.#macOf(until)));
    return isOurs ? this.#login.user : undefined;
  }

  /** `Set-Cookie` for a browser that has just logged in; `isSecure`: it has come over TLS. */
  cookie(isSecure: boolean): string {
    const until = String(Math.floor(this.#clock.now() / 1000) + LIFE_S);
    return this.#header(`${until}.${this.#macOf(until)}`, LIFE_S, isSecure);
  }

  /** `Set-Cookie` for one that logs out. */
  ended(isSecure: boolean): string {
    return this.#header('', 0, isSecure);
  }

  #header(value: string, life: number, isSecure: boolean): string {
    // Lax: a link in a mail opens the page; a form on another site does not get it.
    const rules = `Path=${this.#path}; Max-Age=${life}; HttpOnly; SameSite=Lax`;
    return `${COOKIE_NAME}=${value}; ${rules}${isSecure ? '; Secure' : ''}`;
  }

  #macOf(until: string): string {
    return createHmac('sha256', this.#key).update(until).digest('base64url');
  }
}
