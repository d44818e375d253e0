import { randomBytes } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import { LoginRefusedError } from '../../errors/errors.ts';
import type { RedisConnection } from '../../redis/redis-connection.ts';
import type { Random } from '../../runtime/random.ts';
import { whoOf } from '../iam/iam-call.ts';
import { login } from '../iam/login.ts';
import {
  EARLY_MS,
  isYoung,
  LoginPauses,
  newTokenBreaker,
  tokenKeptWarning,
} from './login-breakers.ts';
import {
  type Held,
  holdLogin,
  type LoginOptions,
  loginWithoutRedis,
  type Session,
  type Sessions,
} from './session.ts';
import {
  type CachedLogin,
  createTokenCipher,
  type TokenCipher,
  TokenStore,
} from './token-store.ts';

interface SessionsOptions extends LoginOptions {
  readonly config: Pick<Config, 'tokenKey'>;
  readonly redis: RedisConnection;
  /** Prefix of its keys in Redis. */
  readonly prefix: string;
  readonly random: Random;
  /** Called with the time when the token in use was issued. */
  readonly onToken?: (issuedAt: number) => void;
}

/** How long to wait for a Redis that is away before logging in without it. */
const AWAY_MS = 2000;

/** One login for all processes on one Redis: single flight here, and by a lock over all of them. */
export function createSessions(options: SessionsOptions): Sessions {
  return new SharedSessions(options);
}

class SharedSessions implements Sessions {
  readonly #options: SessionsOptions;
  readonly #loginWithoutRedis: () => Promise<CachedLogin>;
  readonly #mayRenewYoung = newTokenBreaker();
  readonly #pauses: LoginPauses;
  readonly #warnKept: () => void;
  /** Identifies the tokens of logins made while Redis was away. */
  readonly #ownCipher = createTokenCipher(randomBytes(32));
  #store: Promise<TokenStore> | undefined;
  #held: Held | undefined;
  #renewing: Promise<Held> | undefined;
  /** Fingerprint of the token that was invalidated last: Redis may still hold it for a moment. */
  #dead: string | undefined;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#loginWithoutRedis = loginWithoutRedis(options);
    this.#pauses = new LoginPauses(options.clock);
    this.#warnKept = tokenKeptWarning(options);
  }

  async get(): Promise<Session> {
    const { clock, log } = this.#options;
    const now = clock.now();
    const held = this.#held;
    if (held === undefined || now >= held.usableUntil) return (await this.#renew()).session;
    if (now >= held.refreshAt && !this.#pauses.error()) {
      this.#renew().catch((error: unknown) => log.warn({ err: error }, 'token not renewed yet'));
    }
    return held.session;
  }

  async invalidate(session: Session, by: 'own' | 'foreign' = 'own'): Promise<void> {
    const { fingerprint } = session;
    if (by === 'foreign' && !this.#isOld(fingerprint)) return;
    const store = (await this.#redisAnswers()) ? await this.#openStore() : undefined;
    const held = this.#held?.session.fingerprint === fingerprint ? this.#held : undefined;
    if (held && !(await this.#mayRenew(held, store))) return this.#warnKept();
    if (this.#held?.session.fingerprint === fingerprint) this.#held = undefined;
    this.#dead = fingerprint;
    await store?.forget(fingerprint);
  }

  /** A page of something else is hardly about a token that was renewed a moment ago. */
  #isOld(fingerprint: string): boolean {
    const held = this.#held;
    if (held?.session.fingerprint !== fingerprint) return false;
    return !isYoung(held.issuedAt, this.#options.clock.now());
  }

  /** At most one login a minute, or a service that refuses tokens at random would get us locked out. */
  async #mayRenew({ issuedAt, session }: Held, store: TokenStore | undefined): Promise<boolean> {
    const now = this.#options.clock.now();
    if (!store) return this.#mayRenewYoung(issuedAt, now);
    if (!isYoung(issuedAt, now)) return true;
    return store.mayRenewEarly(session.fingerprint, EARLY_MS);
  }

  async #renew(): Promise<Held> {
    const error = this.#pauses.error();
    if (error) throw error;
    this.#renewing ??= this.#pauses.around(this.#fetch()).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #fetch(): Promise<Held> {
    if (await this.#redisAnswers()) return this.#fetchShared(await this.#openStore());
    const held = this.#held;
    if (held && this.#options.clock.now() < held.usableUntil) return held;
    return this.#keep(this.#hold(await this.#loginWithoutRedis(), this.#ownCipher));
  }

  async #fetchShared(store: TokenStore): Promise<Held> {
    const { clock, random } = this.#options;
    const owner = random.id(12);
    for (;;) {
      const held = await this.#cached(store);
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
      const found = await this.#cached(store);
      if (found && clock.now() < found.refreshAt) return found;
      const issuedAt = clock.now();
      const iam = { http, cloud, now: () => clock.now() };
      const fresh = { ...(await login(iam)), issuedAt };
      await store.write(fresh);
      const { lifeMs, unread } = fresh;
      log.info({ user: whoOf(cloud), lifeMs, unreadInCatalog: unread }, 'logged in');
      return this.#hold(fresh, store.cipher);
    } catch (error) {
      if (error instanceof LoginRefusedError) await store.noteRefused(error.message);
      throw error;
    } finally {
      await store.unlock(owner);
    }
  }

  async #cached(store: TokenStore): Promise<Held | undefined> {
    const cached = await store.read();
    const held = cached && this.#hold(cached, store.cipher);
    return held?.session.fingerprint === this.#dead ? undefined : held;
  }

  #keep(held: Held): Held {
    this.#held = held;
    this.#options.onToken?.(held.issuedAt);
    return held;
  }

  #hold(cached: CachedLogin, cipher: TokenCipher): Held {
    return holdLogin(cached, { cipher, early: this.#options.random.next() }, this.#options);
  }

  #openStore(): Promise<TokenStore> {
    const { redis, prefix, cloud, config } = this.#options;
    this.#store ??= TokenStore.open(redis, prefix, { cloud, tokenKey: config.tokenKey }).catch(
      (error: unknown) => {
        this.#store = undefined;
        throw error;
      },
    );
    return this.#store;
  }

  /** False if Redis stays away. Judged by its status, so that a paused process is not fooled. */
  async #redisAnswers(): Promise<boolean> {
    const { redis, clock } = this.#options;
    const isReady = (): boolean => redis.status === 'ready';
    if (isReady()) return true;
    const answered = new AbortController();
    const stop = (): void => answered.abort();
    redis.ping().then(stop, stop);
    await clock.sleep(AWAY_MS, answered.signal);
    return isReady();
  }
}

const REFUSED_ADVICE =
  'This login was refused within the last 15 minutes and is not repeated until it changes: accounts get locked. Check it with `ims-ferry config`.';
