import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const NAME = 'ferry-device';
const COOKIE = new RegExp(`(?:^|;\\s*)${NAME}=([\\w-]{22})\\.([\\w-]{43})(?:;|$)`);
const MONTH_S = 30 * 24 * 3600;

/**
 * Browsers that have logged in before, by a cookie that only this process can make. It opens nothing:
 * it only has its own count of wrong logins, so that guesses of others from the same address, behind a
 * proxy or a router, lock nobody out who has been here.
 */
export class KnownDevices {
  readonly #key = randomBytes(32);
  readonly #path: string;

  /** @param base under which a proxy shows the dashboard: other pages of that host get no cookie */
  constructor(base = '') {
    this.#path = `${base}/`;
  }

  /** The name of the device in the cookies of a request, if this process has given it. */
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
    return `${NAME}=${id}.${this.#macOf(id)}; ${rules}`;
  }

  #macOf(id: string): string {
    return createHmac('sha256', this.#key).update(id).digest('base64url');
  }
}
