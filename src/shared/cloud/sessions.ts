import type { Redis } from 'ioredis';
import type { CloudConfig, Config } from '../config/config.ts';
import { CloudError, LoginRefusedError } from '../errors/errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import type { Http } from './http.ts';
import { login } from './iam-login.ts';
import type { Session, Sessions } from './ims-answers.ts';
import { type CachedLogin, TokenStore } from './token-store.ts';

export interface SessionsOptions {
  readonly http: Http;
  readonly cloud: CloudConfig;
  readonly config: Pick<Config, 'tokenKey'>;
  readonly redis: Redis;
  /** Begin of the names of its keys in Redis. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

interface Held {
  readonly session: Session;
  readonly issuedAt: number;
  /** From then on a new login is made in the background. */
  readonly refreshAt: number;
  /** From then on it is not handed out any more. */
  readonly usableUntil: number;
}

const YOUNG_MS = 60_000;
const SAFETY_MS = 5 * 60_000;

/** One login for all processes on one Redis: single flight here, and by a lock over all of them. */
export function createSessions(options: SessionsOptions): Sessions {
  return new SharedSessions(options);
}

class SharedSessions implements Sessions {
  readonly #options: SessionsOptions;
  #store: Promise<TokenStore> | undefined;
  #held: Held | undefined;
  #renewing: Promise<Held> | undefined;
  #youngRefusals = 0;
  #blockedUntil = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  async get(): Promise<Session> {
    const { clock, log } = this.#options;
    const now = clock.now();
    if (now < this.#blockedUntil) throw refusesFreshTokens();
    const held = this.#held;
    if (held === undefined || now >= held.usableUntil) return (await this.#renew()).session;
    if (now >= held.refreshAt) {
      this.#renew().catch((error: unknown) => log.warn({ err: error }, 'token not renewed yet'));
    }
    return held.session;
  }

  async invalidate(session: Session): Promise<void> {
    const held = this.#held;
    if (held?.session.fingerprint === session.fingerprint) {
      this.#held = undefined;
      this.#countYoung(held);
    }
    const store = await this.#openStore();
    await store.forget(session.fingerprint);
  }

  /** A service that refuses tokens which were just issued must not cause login after login. */
  #countYoung(held: Held): void {
    const now = this.#options.clock.now();
    this.#youngRefusals = now - held.issuedAt < YOUNG_MS ? this.#youngRefusals + 1 : 0;
    if (this.#youngRefusals < 3) return;
    this.#youngRefusals = 0;
    this.#blockedUntil = now + YOUNG_MS;
  }

  #renew(): Promise<Held> {
    this.#renewing ??= this.#fetch().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #fetch(): Promise<Held> {
    const { clock, random } = this.#options;
    const store = await this.#openStore();
    const owner = random.id(12);
    for (;;) {
      const cached = await store.read();
      const held = cached && this.#hold(cached, store);
      if (held && clock.now() < held.refreshAt) return this.#keep(held);
      const refused = await store.refused();
      if (refused !== undefined) throw new LoginRefusedError(refused, REFUSED_ADVICE);
      if (await store.lock(owner)) return this.#keep(await this.#loginOnce(store, owner));
      if (held && clock.now() < held.usableUntil) return this.#keep(held);
      await clock.sleep(50 + 200 * random.next());
    }
  }

  async #loginOnce(store: TokenStore, owner: string): Promise<Held> {
    const { http, cloud, clock, log } = this.#options;
    try {
      const cached = await store.read();
      const found = cached && this.#hold(cached, store);
      if (found && clock.now() < found.refreshAt) return found;
      const issuedAt = clock.now();
      const fresh = { ...(await login(http, cloud)), issuedAt };
      await store.write(fresh);
      log.info({ user: cloud.username, lifeMs: fresh.lifeMs }, 'logged in');
      return this.#hold(fresh, store);
    } catch (error) {
      if (error instanceof LoginRefusedError) await store.noteRefused(error.message);
      throw error;
    } finally {
      await store.unlock(owner);
    }
  }

  #keep(held: Held): Held {
    this.#held = held;
    return held;
  }

  #hold(cached: CachedLogin, store: TokenStore): Held {
    const { issuedAt, lifeMs, token, projectId, imsEndpoint } = cached;
    const fingerprint = store.fingerprint(token);
    const expiresAt = issuedAt + lifeMs;
    return {
      session: { token, fingerprint, projectId, imsEndpoint, expiresAt },
      issuedAt,
      refreshAt: issuedAt + lifeMs * (0.78 + 0.04 * this.#options.random.next()),
      usableUntil: expiresAt - Math.min(SAFETY_MS, lifeMs / 10),
    };
  }

  #openStore(): Promise<TokenStore> {
    const { redis, prefix, cloud, config } = this.#options;
    this.#store ??= TokenStore.open(redis, prefix, { cloud, tokenKey: config.tokenKey });
    return this.#store;
  }
}

const REFUSED_ADVICE =
  'This login was refused within the last 15 minutes and is not tried again until it changes: accounts get locked. Check OS_USERNAME, OS_PASSWORD and the domain.';

function refusesFreshTokens(): CloudError {
  return new CloudError('IMS', 'IMS refuses tokens that IAM has just issued.', {
    advice: 'Check that the region of OS_AUTH_URL and of IMS_ENDPOINT is the same.',
  });
}
