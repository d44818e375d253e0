import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { CloudError, LoginRefusedError } from '../../errors/errors.ts';
import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Http } from '../http/http.ts';
import { login } from '../iam/login.ts';
import { whoOf } from '../iam/refusal.ts';
import { type CachedLogin, REFUSED_MS } from './token-store.ts';

export interface LoginAloneOptions {
  readonly http: Http;
  readonly cloud: CloudConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

const PAUSE_MS = 60_000;

/**
 * Logins of one process while Redis is away. Old tokens stay valid, so another login harms nothing;
 * one a minute at most, and none for 15 minutes after IAM refused one, or the account gets locked.
 */
export class LoginAlone {
  readonly #options: LoginAloneOptions;
  #nextAt = Number.NEGATIVE_INFINITY;
  #refused: LoginRefusedError | undefined;

  constructor(options: LoginAloneOptions) {
    this.#options = options;
  }

  async login(): Promise<CachedLogin> {
    const { http, cloud, clock, log } = this.#options;
    const issuedAt = clock.now();
    if (issuedAt < this.#nextAt) throw this.#refused ?? tooSoon();
    this.#refused = undefined;
    this.#nextAt = issuedAt + PAUSE_MS;
    log.warn({ user: whoOf(cloud) }, 'Redis is away: logging in without it');
    try {
      return { ...(await login({ http, cloud, now: () => clock.now() })), issuedAt };
    } catch (error) {
      if (error instanceof LoginRefusedError) {
        this.#refused = error;
        this.#nextAt = issuedAt + REFUSED_MS;
      }
      throw error;
    }
  }
}

function tooSoon(): CloudError {
  return new CloudError('IAM', 'Redis is away, and a login was made within the last minute.', {
    advice: 'Nothing to do: it goes on when Redis is back.',
  });
}
