import { readFileSync } from 'node:fs';
import { noteSecret } from '../errors/known-secrets.ts';
import { controlFault, firstLine, secretFault } from './clean-value.ts';
import type { EnvReader } from './env-reader.ts';
import { CERTIFICATE, PRIVATE_KEY, pairFault } from './pem.ts';
import { parseRedisUrl, REDIS_FORMS } from './redis-url.ts';

/** What is beside the address of Redis. */
export interface RedisAccess {
  /** Instead of the one in the address. */
  readonly password?: string;
  /** Sentinels may have one of their own. */
  readonly sentinelPassword?: string;
  /** PEM, beside Node's own CAs. */
  readonly ca?: string;
  /** Our certificate and its key, in PEM. */
  readonly client?: { readonly cert: string; readonly key: string };
}

/** Address and access; a password in the address is not repeated when it is wrong. */
export function redisOf(read: EnvReader): {
  readonly redisUrl: string;
  readonly redis: RedisAccess;
} {
  const redisUrl = read.text('REDIS_URL') ?? 'redis://127.0.0.1:6379';
  const place = controlFault(redisUrl) === undefined ? parseRedisUrl(redisUrl) : undefined;
  noteSecret(place?.password);
  if (!place) {
    const how = redisUrl.includes('@') ? ' (in a password write @ as %40, / as %2F, % as %25)' : '';
    read.issues.push(`REDIS_URL is no address of Redis; allowed is ${REDIS_FORMS}${how}`);
  }
  const file = fileOf(read, 'REDIS_PASSWORD_FILE');
  const password = file === undefined ? undefined : firstLine(file);
  noteSecret(password);
  const inFile = secretFault(password ?? '');
  if (inFile !== undefined) read.issues.push(`REDIS_PASSWORD_FILE: its password ${inFile}`);
  const sentinelPassword = read.secret('IMS_FERRY_REDIS_SENTINEL_PASSWORD');
  const ca = pemOf(read, 'IMS_FERRY_REDIS_CA_FILE', CERTIFICATE);
  const cert = pemOf(read, 'IMS_FERRY_REDIS_CERT_FILE', CERTIFICATE);
  const key = pemOf(read, 'IMS_FERRY_REDIS_KEY_FILE', PRIVATE_KEY);
  const fault = cert && key && pairFault(cert, key);
  if (fault) read.issues.push(`IMS_FERRY_REDIS_CERT_FILE and _KEY_FILE do not fit: ${fault}`);
  const isSet = (name: string): boolean => read.text(name) !== undefined;
  if (isSet('IMS_FERRY_REDIS_CERT_FILE') !== isSet('IMS_FERRY_REDIS_KEY_FILE')) {
    read.issues.push(
      'IMS_FERRY_REDIS_CERT_FILE and IMS_FERRY_REDIS_KEY_FILE are set together, or not at all',
    );
  }
  const access = {
    ...(password === undefined ? {} : { password }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { client: { cert, key } }),
  };
  return { redisUrl, redis: access };
}

function pemOf(read: EnvReader, name: string, shape: RegExp): string | undefined {
  const text = fileOf(read, name);
  if (text === undefined || shape.test(text)) return text;
  const what = shape === CERTIFICATE ? 'certificate' : 'private key';
  read.issues.push(`${name} names a file that holds no ${what} in PEM`);
  return undefined;
}

function fileOf(read: EnvReader, name: string): string | undefined {
  const path = read.text(name);
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown error'})`;
    read.issues.push(`${name}: ${path} ${why}`);
    return undefined;
  }
}
