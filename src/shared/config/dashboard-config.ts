import { isIP } from 'node:net';
import { ConfigError } from '../errors/errors.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { type Env, EnvReader } from './env-reader.ts';

/** Who may see the dashboard, and which host names it answers to. */
export interface DashboardConfig {
  /** Absent: it listens on localhost only and is read-only. */
  readonly login?: { readonly user: string; readonly password: string };
  /** A proxy in front, trusted to report who sends a request. */
  readonly proxy?: {
    /** In lower case: the header in which it names the user it has authenticated. */
    readonly header?: string;
    /** Its addresses and ranges (`10.0.0.0/8`). */
    readonly from: readonly string[];
  };
  /** Host names in lower case without a port; localhost and plain addresses are always allowed. */
  readonly hosts: readonly string[];
  /** The path under which a proxy serves it, such as `/ferry`; absent: the root. */
  readonly basePath?: string;
  /** The address of one trace, with `{trace_id}` in it; absent: pages have no link to traces. */
  readonly traceUrl?: string;
}

const SHORTEST_PASSWORD = 12;

/**
 * The settings of the dashboard.
 * @throws ConfigError with every problem at once; it never repeats a password
 */
export function loadDashboardConfig(env: Env): DashboardConfig {
  const read = new EnvReader(env);
  const login = loginOf(read);
  const proxy = proxyOf(read);
  const hosts = listOf(read, 'IMS_FERRY_DASHBOARD_HOSTS');
  for (const host of hosts) {
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host)) {
      read.issues.push(`IMS_FERRY_DASHBOARD_HOSTS: ${JSON.stringify(host)} is not a host name`);
    }
  }
  const basePath = basePathOf(read) || undefined;
  const traceUrl = traceUrlOf(read);
  if (read.issues.length > 0) throw new ConfigError(read.issues);
  return omitUndefined({ hosts, basePath, traceUrl, login, proxy });
}

function traceUrlOf(read: EnvReader): string | undefined {
  const name = 'IMS_FERRY_DASHBOARD_TRACE_URL';
  const url = read.text(name);
  if (url === undefined) return undefined;
  const isFit = /^https?:\/\//.test(url) && URL.canParse(url) && url.includes('{trace_id}');
  if (!isFit) read.issues.push(`${name} is not a web address with {trace_id} in it`);
  return url;
}

function loginOf(read: EnvReader): DashboardConfig['login'] {
  const user = read.text('IMS_FERRY_DASHBOARD_USER');
  const password = read.secret('IMS_FERRY_DASHBOARD_PASSWORD') ?? '';
  if (user === undefined && password === '') return undefined;
  if (user === undefined || password === '') {
    const missing = user === undefined ? 'USER' : 'PASSWORD';
    read.issues.push(`IMS_FERRY_DASHBOARD_${missing} is not set; set both, or neither`);
    return undefined;
  }
  if (user.includes(':')) {
    read.issues.push('IMS_FERRY_DASHBOARD_USER contains a colon, which a browser cannot send');
  }
  if (password.length < SHORTEST_PASSWORD) {
    const why = `is shorter than ${SHORTEST_PASSWORD} characters`;
    read.issues.push(`IMS_FERRY_DASHBOARD_PASSWORD ${why}`);
  }
  return { user, password };
}

function proxyOf(read: EnvReader): DashboardConfig['proxy'] {
  const header = read.text('IMS_FERRY_DASHBOARD_USER_HEADER')?.toLowerCase();
  const from = listOf(read, 'IMS_FERRY_DASHBOARD_PROXIES');
  if (header === undefined && from.length === 0) return undefined;
  if (from.length === 0) {
    read.issues.push(
      'IMS_FERRY_DASHBOARD_PROXIES is not set; without it IMS_FERRY_DASHBOARD_USER_HEADER is not trusted from anyone',
    );
    return undefined;
  }
  if (header !== undefined && !isUsable(header)) {
    read.issues.push(`IMS_FERRY_DASHBOARD_USER_HEADER: ${JSON.stringify(header)} cannot be used`);
  }
  for (const range of from.filter((one) => !isRange(one))) {
    read.issues.push(
      `IMS_FERRY_DASHBOARD_PROXIES: ${JSON.stringify(range)} is neither an address nor a range such as 10.0.0.0/8`,
    );
  }
  return omitUndefined({ from, header });
}

/** With a leading slash and no trailing one, however it is written; empty for `/`. */
function basePathOf(read: EnvReader): string {
  const name = 'IMS_FERRY_DASHBOARD_BASE_PATH';
  const parts = (read.text(name) ?? '').split('/').filter((part) => part !== '');
  const isFit = parts.every((part) => /^[A-Za-z0-9._~-]+$/.test(part) && !/^\.+$/.test(part));
  if (!isFit) {
    read.issues.push(
      `${name} is not a path such as /ferry: letters, digits and - . _ ~ between slashes`,
    );
  }
  const [first = ''] = parts;
  if (OWN_PAGES.has(first)) {
    read.issues.push(
      `${name} begins with /${first}, where the dashboard has pages of its own; choose another path`,
    );
  }
  return parts.map((part) => `/${part}`).join('');
}

/** Behind a proxy that strips the base path, these would be ambiguous. */
const OWN_PAGES = new Set(
  'assets batches healthz live login logout metrics queues readyz reports stop'.split(' '),
);

/** Browsers set these, so anyone can forge them. */
const FORGEABLE = new Set(['authorization', 'host', 'cookie', 'x-forwarded-for']);

function isUsable(header: string): boolean {
  return /^[a-z0-9-]+$/.test(header) && !FORGEABLE.has(header);
}

function isRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

function listOf(read: EnvReader, name: string): readonly string[] {
  const text = read.text(name) ?? '';
  return text
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '');
}
