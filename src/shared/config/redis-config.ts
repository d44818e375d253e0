import { noteSecret } from '../errors/known-secrets.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { EnvReader } from './env-reader.ts';
import { type PemKind, pairFault, pemAt, readText } from './named-files.ts';
import { controlFault, firstLine, secretFault } from './values.ts';

/** How to log in to Redis, beside its address. */
export interface RedisAccess {
  /** Replaces the one in the address. */
  readonly password?: string;
  /** Sentinels may have their own. */
  readonly sentinelPassword?: string;
  /** PEM, in addition to Node's own CAs. */
  readonly ca?: string;
  /** Our certificate and its key, in PEM. */
  readonly client?: { readonly cert: string; readonly key: string };
}

/** Address and access. Messages never repeat a wrong address: it may hold a password. */
export function redisOf(read: EnvReader): {
  readonly redisUrl: string;
  readonly redis: RedisAccess;
} {
  const redisUrl = read.text('REDIS_URL') ?? 'redis://127.0.0.1:6379';
  const place = controlFault(redisUrl) === undefined ? parseRedisUrl(redisUrl) : undefined;
  noteSecret(place?.password);
  if (!place) {
    const how = redisUrl.includes('@') ? ' (in a password write @ as %40, / as %2F, % as %25)' : '';
    read.issues.push(`REDIS_URL is not an address of Redis; expected ${REDIS_FORMS}${how}`);
  }
  const password = passwordOf(read);
  const sentinelPassword = read.secret('IMS_FERRY_REDIS_SENTINEL_PASSWORD');
  const ca = pemOf(read, 'IMS_FERRY_REDIS_CA_FILE', 'certificate');
  return {
    redisUrl,
    redis: omitUndefined({ password, sentinelPassword, ca, client: clientOf(read) }),
  };
}

function passwordOf(read: EnvReader): string | undefined {
  const path = read.text('REDIS_PASSWORD_FILE');
  if (path === undefined) return undefined;
  const { text, fault } = readText(path);
  if (fault !== undefined) {
    read.issues.push(`REDIS_PASSWORD_FILE: ${path} ${fault}`);
    return undefined;
  }
  const password = firstLine(text);
  noteSecret(password);
  const within = secretFault(password);
  if (within !== undefined) read.issues.push(`REDIS_PASSWORD_FILE: its password ${within}`);
  return password;
}

function clientOf(read: EnvReader): RedisAccess['client'] {
  const names = ['IMS_FERRY_REDIS_CERT_FILE', 'IMS_FERRY_REDIS_KEY_FILE'] as const;
  const cert = pemOf(read, names[0], 'certificate');
  const key = pemOf(read, names[1], 'private key');
  const fault = cert && key && pairFault(cert, key);
  if (fault) read.issues.push(`IMS_FERRY_REDIS_CERT_FILE and _KEY_FILE do not fit: ${fault}`);
  const set = names.filter((name) => read.text(name) !== undefined);
  if (set.length === 1) read.issues.push(`${names.join(' and ')} are set together, or not at all`);
  return cert && key ? { cert, key } : undefined;
}

function pemOf(read: EnvReader, name: string, kind: PemKind) {
  return pemAt(read.text(name), kind, (why) => read.issues.push(`${name} ${why}`));
}

/** A server of Redis. */
interface RedisHost {
  readonly host: string;
  readonly port: number;
}

/** Common to all forms of the address. */
interface RedisLogin {
  readonly username?: string;
  readonly password?: string;
  readonly tls: boolean;
  readonly db: number;
}

/** Where Redis is. */
export type RedisPlace = RedisLogin &
  (
    | { readonly kind: 'single'; readonly host: string; readonly port: number }
    | { readonly kind: 'socket'; readonly path: string }
    /** The sentinels know which server is the primary of this group. */
    | { readonly kind: 'sentinel'; readonly sentinels: readonly RedisHost[]; readonly name: string }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisHost[] }
  );

const REDIS_FORMS =
  'redis://host:port, rediss://host:port, unix:///path, redis+sentinel://host,host/name or redis+cluster://host,host';

const SHAPE =
  /^(?<scheme>rediss?(?:\+(?:sentinel|cluster|unix))?|unix):\/\/(?:(?<login>[^@/]*)@)?(?<hosts>[^/?@]*)(?:\/(?<path>[^?]*))?(?:\?db=(?<query>\d+))?$/;
const PORT = 6379;
const SENTINEL_PORT = 26_379;

/** `undefined` for anything that is not an address of Redis. */
export function parseRedisUrl(url: string): RedisPlace | undefined {
  const { scheme = '', login, hosts = '', path = '', query } = SHAPE.exec(url)?.groups ?? {};
  const who = loginOf(login);
  if (scheme === '' || who === undefined) return undefined;
  const [transport = '', kind] = scheme.split('+');
  const base = { ...who, tls: transport === 'rediss' };
  if (scheme === 'unix' || kind === 'unix') {
    if (hosts !== '' || path === '' || base.tls) return undefined;
    return { ...base, kind: 'socket', path: `/${path}`, db: Number(query ?? 0) };
  }
  if (query !== undefined) return undefined;
  switch (kind) {
    case 'sentinel':
      return sentinelOf(base, hosts, path);
    case 'cluster': {
      const nodes = hostsOf(hosts, PORT);
      return nodes && path === '' ? { ...base, kind: 'cluster', nodes, db: 0 } : undefined;
    }
    default: {
      const all = hostsOf(hosts, PORT);
      const [server] = all ?? [];
      const isOne = server !== undefined && all?.length === 1 && /^\d*$/.test(path);
      return isOne ? { ...base, kind: 'single', ...server, db: Number(path) } : undefined;
    }
  }
}

function sentinelOf(
  base: Omit<RedisLogin, 'db'>,
  hosts: string,
  path: string,
): RedisPlace | undefined {
  const sentinels = hostsOf(hosts, SENTINEL_PORT);
  const [, text = '', db = '0'] = /^([^/]+)(?:\/(\d+))?$/.exec(path) ?? [];
  const name = decoded(text);
  if (!sentinels || !name) return undefined;
  return { ...base, kind: 'sentinel', sentinels, name, db: Number(db) };
}

/** `undefined` for an incomplete `%` escape. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** `user:password` or `:password`. A password without a colon (old servers) is a user name here. */
function loginOf(
  login: string | undefined,
): { readonly username?: string; readonly password?: string } | undefined {
  if (login === undefined) return {};
  const colon = login.indexOf(':');
  const name = decoded(colon < 0 ? login : login.slice(0, colon));
  const password = colon < 0 ? '' : decoded(login.slice(colon + 1));
  if (name === undefined || password === undefined) return undefined;
  return { ...(name && { username: name }), ...(password && { password }) };
}

function hostsOf(text: string, usual: number): readonly RedisHost[] | undefined {
  const hosts = text.split(',').map((one) => {
    const [, bracketed, plain, port] =
      /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(one) ?? [];
    return { host: bracketed ?? plain ?? '', port: port === undefined ? usual : Number(port) };
  });
  const isGood = hosts.every(({ host, port }) => host !== '' && port > 0 && port < 65_536);
  return isGood ? hosts : undefined;
}

/** The address for logs and messages: without user and password, however they are written. */
export function safeRedisUrl(url: string): string {
  return url.replace(/\/\/(?!\/).*@/s, '//').replace(/\/$/, '');
}
