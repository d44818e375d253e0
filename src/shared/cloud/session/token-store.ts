import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  scrypt,
} from 'node:crypto';
import type { CloudConfig, Credential } from '../../config/cloud/cloud-config.ts';
import type { RedisConnection } from '../../redis/redis-connection.ts';
import type { Login } from '../iam/login-answer.ts';

/** What is cached, before it is encrypted. Times by the fleet's clock. */
export interface CachedLogin extends Login {
  readonly issuedAt: number;
}

/** How long a refused login is not repeated. */
export const REFUSED_MS = 15 * 60_000;
const LOCK_MS = 15_000;
const DELETE_IF = `
if redis.call('HGET', KEYS[1], 'fingerprint') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;
/** If the clock of Redis was set back, the lock of a dead process would live on. */
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
  /** Also identifies the logins of this store. */
  readonly cipher: TokenCipher;
  readonly #keyOf: (kind: 'login' | 'lock' | 'early' | 'refused') => string;

  private constructor(
    redis: RedisConnection,
    cipher: TokenCipher,
    at: { prefix: string; name: string },
  ) {
    this.#redis = redis;
    this.cipher = cipher;
    this.#keyOf = (kind) => `${at.prefix}${kind}:${at.name}`;
  }

  /** Derives the key: from IMS_FERRY_TOKEN_KEY, else from the login's secret and the salt in Redis. */
  static async open(
    redis: RedisConnection,
    prefix: string,
    { cloud, tokenKey }: { readonly cloud: CloudConfig; readonly tokenKey: Buffer | undefined },
  ): Promise<TokenStore> {
    const salted = async (): Promise<Buffer> =>
      deriveKey(secretOf(cloud.credential), await installationSalt(redis, prefix));
    const cipher = createTokenCipher(tokenKey ?? (await salted()));
    return new TokenStore(redis, cipher, { prefix, name: cipher.fingerprint(identityOf(cloud)) });
  }

  async read(): Promise<CachedLogin | undefined> {
    const key = this.#keyOf('login');
    const sealed = await this.#redis.hget(key, 'sealed');
    const text = sealed === null ? undefined : this.cipher.decrypt(sealed, key);
    return text === undefined ? undefined : (JSON.parse(text) as CachedLogin);
  }

  async write(login: CachedLogin): Promise<void> {
    const key = this.#keyOf('login');
    const sealed = this.cipher.encrypt(JSON.stringify(login), key);
    const fields = { sealed, fingerprint: fingerprintOf(login, this.cipher) };
    await this.#redis.multi().hset(key, fields).pexpire(key, Math.ceil(login.lifeMs)).exec();
  }

  /** Forgets the token unless a newer one has taken its place. */
  async forget(fingerprint: string): Promise<void> {
    await this.#redis.eval(DELETE_IF, 1, this.#keyOf('login'), fingerprint);
  }

  /**
   * True for the first process that renews a token less than a minute old, and for all others that hold
   * the same token; false for any other token until `ms` have passed.
   */
  async mayRenewEarly(fingerprint: string, ms: number): Promise<boolean> {
    const first = await this.#redis.set(this.#keyOf('early'), fingerprint, 'PX', ms, 'NX');
    return first === 'OK' || (await this.#redis.get(this.#keyOf('early'))) === fingerprint;
  }

  async lock(owner: string): Promise<boolean> {
    return (await this.#redis.eval(LOCK, 1, this.#keyOf('lock'), owner, LOCK_MS)) === 1;
  }

  async unlock(owner: string): Promise<void> {
    await this.#redis.eval(UNLOCK, 1, this.#keyOf('lock'), owner);
  }

  /** Why IAM refused exactly this login, within the last 15 minutes. */
  async refused(): Promise<string | undefined> {
    return (await this.#redis.get(this.#keyOf('refused'))) ?? undefined;
  }

  async noteRefused(message: string): Promise<void> {
    await this.#redis.set(this.#keyOf('refused'), message, 'PX', REFUSED_MS);
  }
}

/** Identifies a login without revealing it: by its token, else by when it was made. */
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

/** Everything that distinguishes this login from others, its secret included: only its fingerprint is used. */
function identityOf(cloud: CloudConfig): string {
  const { authUrl, credential, agency, project, region, imsEndpoint } = cloud;
  const where = [authUrl, region, cloud.interface, imsEndpoint];
  return JSON.stringify([where, credential, agency, project]);
}

const CIPHER_VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** 128 MB and about half a second: what slows down guessing from a dump of Redis. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;

/** 32 bytes from the password and the installation's salt. */
export async function deriveKey(password: string, salt: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, SCRYPT, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

export type TokenCipher = ReturnType<typeof createTokenCipher>;

/**
 * Encrypts what is cached in Redis, by AES-256-GCM with the name of the Redis key authenticated along, and
 * identifies secrets without revealing them.
 */
export function createTokenCipher(key: Buffer) {
  const sealing = subKey(key, 'seal');
  const naming = subKey(key, 'name');
  return {
    encrypt: (text: string, name: string): string => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealing, iv);
      cipher.setAAD(Buffer.from(`${CIPHER_VERSION}:${name}`));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${CIPHER_VERSION}:${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`;
    },
    /** `undefined` for a wrong key, a changed name or a tampered text. */
    decrypt: (sealed: string, name: string) => open(sealing, sealed, name),
    /** 22 characters that nobody can compute without the key. */
    fingerprint: (text: string): string =>
      createHmac('sha256', naming).update(text).digest('base64url').slice(0, 22),
  };
}

function open(key: Buffer, sealed: string, name: string): string | undefined {
  const [version, data] = sealed.split(':');
  if (version !== CIPHER_VERSION || data === undefined) return undefined;
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(`${CIPHER_VERSION}:${name}`));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function subKey(key: Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `ims-ferry ${use}`, 32));
}
