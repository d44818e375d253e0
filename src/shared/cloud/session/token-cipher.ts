import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  scrypt,
} from 'node:crypto';

/** Encrypts what is cached in Redis, and names things without telling what they are. */
export interface TokenCipher {
  encrypt(text: string, name: string): string;
  /** `undefined` for a wrong key, a changed name or a tampered text. */
  decrypt(sealed: string, name: string): string | undefined;
  /** 22 characters that only who knows the key can compute. */
  fingerprint(text: string): string;
}

const VERSION = 'v1';
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

/** AES-256-GCM; the name of the Redis key is authenticated along. */
export function createTokenCipher(key: Buffer): TokenCipher {
  const sealing = subKey(key, 'seal');
  const naming = subKey(key, 'name');
  return {
    encrypt: (text, name) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealing, iv);
      cipher.setAAD(Buffer.from(`${VERSION}:${name}`));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${VERSION}:${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`;
    },
    decrypt: (sealed, name) => open(sealing, sealed, name),
    fingerprint: (text) =>
      createHmac('sha256', naming).update(text).digest('base64url').slice(0, 22),
  };
}

function open(key: Buffer, sealed: string, name: string): string | undefined {
  const [version, data] = sealed.split(':');
  if (version !== VERSION || data === undefined) return undefined;
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(`${VERSION}:${name}`));
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
