/** A server of Redis. */
export interface RedisHost {
  readonly host: string;
  readonly port: number;
}

/** What all forms of the address have. */
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
    /** The sentinels know which server is the primary of this name. */
    | { readonly kind: 'sentinel'; readonly sentinels: readonly RedisHost[]; readonly name: string }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisHost[] }
  );

export const REDIS_FORMS =
  'redis://host:port, rediss://host:port, unix:///path, redis+sentinel://host,host/name or redis+cluster://host,host';

const SHAPE =
  /^(?<scheme>rediss?(?:\+(?:sentinel|cluster|unix))?|unix):\/\/(?:(?<login>[^@/]*)@)?(?<hosts>[^/?@]*)(?:\/(?<path>[^?]*))?(?:\?db=(?<query>\d+))?$/;
const PORT = 6379;
const SENTINEL_PORT = 26_379;

/** `undefined` for what is no address of Redis. */
export function parseRedisUrl(url: string): RedisPlace | undefined {
  const { scheme = '', login, hosts = '', path = '', query } = SHAPE.exec(url)?.groups ?? {};
  const who = loginOf(login);
  if (scheme === '' || who === undefined) return undefined;
  const [transport = '', kind] = scheme.split('+');
  const base = { ...who, tls: transport === 'rediss' };
  if (scheme === 'unix' || kind === 'unix') {
    const isPath = hosts === '' && path !== '' && transport !== 'rediss';
    return isPath
      ? { ...base, kind: 'socket', path: `/${path}`, db: Number(query ?? 0) }
      : undefined;
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

/** `undefined` for a `%` that begins nothing. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** `user:password`, `:password`, or a password alone as old servers have it: none of ours. */
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

/** The address as logs and people may see it: without user and password, however they are written. */
export function safeRedisUrl(url: string): string {
  return url.replace(/\/\/(?!\/).*@/s, '//').replace(/\/$/, '');
}
