import { randomBytes } from 'node:crypto';
import type { CloudConfig, Credential } from '../../config/cloud/cloud-config.ts';
import type { RedisConnection } from '../../redis/redis-connection.ts';
import type { Login } from '../iam/login.ts';
import { createTokenCipher, deriveKey, type TokenCipher } from './token-cipher.ts';

/** What is cached, before it is encrypted. Times by the fleet's clock. */
export interface CachedLogin extends Login {
  readonly issuedAt: number;
}

/** How long a refused login is not tried again. */
export const REFUSED_MS = 15 * 60_000;
const LOCK_MS = 15_000;
const DELETE_IF = `
if redis.call('HGET', KEYS[1], 'fingerprint') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;
/** A wall clock of Redis that was set back would keep the lock of a process that is gone. */
const LOCK = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`;
const UNLOCK = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** The part of Redis that all processes with the same login share. */
export class TokenStore {
  readonly #redis: RedisConnection;
  readonly #cipher: TokenCipher;
  readonly #name: string;
  readonly #prefix: string;

  private constructor(
    redis: RedisConnection,
    cipher: TokenCipher,
    at: { prefix: string; name: string },
  ) {
    this.#redis = redis;
    this.#cipher = cipher;
    this.#prefix = at.prefix;
    this.#name = at.name;
  }

  /** Derives the key: from IMS_FERRY_TOKEN_KEY, else from the login's secret and the salt in Redis. */
  static async open(
    redis: RedisConnection,
    prefix: string,
    secrets: { readonly cloud: CloudConfig; readonly tokenKey: Buffer | undefined },
  ): Promise<TokenStore> {
    const { cloud, tokenKey } = secrets;
    const key =
      tokenKey ??
      (await deriveKey(secretOf(cloud.credential), await installationSalt(redis, prefix)));
    const cipher = createTokenCipher(key);
    return new TokenStore(redis, cipher, { prefix, name: cipher.fingerprint(identityOf(cloud)) });
  }

  /** Names a login without telling it. */
  fingerprint(login: CachedLogin): string {
    return fingerprintOf(login, this.#cipher);
  }

  async read(): Promise<CachedLogin | undefined> {
    const sealed = await this.#redis.hget(this.#cacheKey, 'sealed');
    const text = sealed === null ? undefined : this.#cipher.decrypt(sealed, this.#cacheKey);
    return text === undefined ? undefined : (JSON.parse(text) as CachedLogin);
  }

  async write(login: CachedLogin): Promise<void> {
    const sealed = this.#cipher.encrypt(JSON.stringify(login), this.#cacheKey);
    await this.#redis
      .multi()
      .hset(this.#cacheKey, 'sealed', sealed, 'fingerprint', this.fingerprint(login))
      .pexpire(this.#cacheKey, Math.ceil(login.lifeMs))
      .exec();
  }

  /** Forgets the token unless a newer one has taken its place. */
  async forget(fingerprint: string): Promise<void> {
    await this.#redis.eval(DELETE_IF, 1, this.#cacheKey, fingerprint);
  }

  /**
   * True for the first who renews a token that is less than a minute old, and for all others who hold
   * that same token; for no other token for a while.
   */
  async mayRenewEarly(fingerprint: string, ms: number): Promise<boolean> {
    const first = await this.#redis.set(this.#earlyKey, fingerprint, 'PX', ms, 'NX');
    return first === 'OK' || (await this.#redis.get(this.#earlyKey)) === fingerprint;
  }

  async lock(owner: string): Promise<boolean> {
    return (await this.#redis.eval(LOCK, 1, this.#lockKey, owner, LOCK_MS)) === 1;
  }

  async unlock(owner: string): Promise<void> {
    await this.#redis.eval(UNLOCK, 1, this.#lockKey, owner);
  }

  /** What IAM said when it refused exactly this login, within the last 15 minutes. */
  async refused(): Promise<string | undefined> {
    return (await this.#redis.get(this.#refusedKey)) ?? undefined;
  }

  async noteRefused(message: string): Promise<void> {
    await this.#redis.set(this.#refusedKey, message, 'PX', REFUSED_MS);
  }

  get #cacheKey(): string {
    return `${this.#prefix}login:${this.#name}`;
  }

  get #lockKey(): string {
    return `${this.#prefix}lock:${this.#name}`;
  }

  get #earlyKey(): string {
    return `${this.#prefix}early:${this.#name}`;
  }

  get #refusedKey(): string {
    return `${this.#prefix}refused:${this.#name}`;
  }
}

/** By its token, else by when it was made. */
export function fingerprintOf(
  { token, projectId, issuedAt }: CachedLogin,
  cipher: Pick<TokenCipher, 'fingerprint'>,
): string {
  return cipher.fingerprint(token ?? `${projectId} ${issuedAt}`);
}

async function installationSalt(redis: RedisConnection, prefix: string): Promise<string> {
  const key = `${prefix}salt`;
  await redis.set(key, randomBytes(16).toString('base64url'), 'NX');
  return (await redis.get(key)) ?? '';
}

/** What only who may log in knows. */
function secretOf(credential: Credential): string {
  switch (credential.method) {
    case 'password':
      return credential.password;
    case 'token':
      return credential.token;
    case 'keys':
      return credential.secretKey;
  }
}

/** Everything that makes it another login, its secret among it: only its fingerprint is used. */
function identityOf(cloud: CloudConfig): string {
  const { authUrl, credential, agency, project, region, imsEndpoint } = cloud;
  const where = [authUrl, region, cloud.interface, imsEndpoint];
  return JSON.stringify([where, credential, agency, project]);
}
