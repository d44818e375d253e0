import { isIP } from 'node:net';
import { ConfigError } from '../errors/errors.ts';
import { type Env, EnvReader } from './env-reader.ts';

/** Who may look at the dashboard, and under which names it answers. */
export interface DashboardConfig {
  /** Absent: it is only there for this machine, and changes nothing. */
  readonly login?: { readonly user: string; readonly password: string };
  /** A proxy in front that says which address asks. */
  readonly proxy?: {
    /** In lower case: it has checked who asks, and names the user here. */
    readonly header?: string;
    /** Addresses and ranges (`10.0.0.0/8`) that are believed. */
    readonly from: readonly string[];
  };
  /** Names, in lower case and without a port, beside those of this machine and plain addresses. */
  readonly hosts: readonly string[];
  /** Where a proxy shows it, such as `/ferry`; absent: at the root. */
  readonly basePath?: string;
}

const SHORTEST_PASSWORD = 12;

/**
 * The settings of the dashboard.
 * @throws ConfigError with every problem at once; a password is never repeated
 */
export function loadDashboardConfig(env: Env): DashboardConfig {
  const read = new EnvReader(env);
  const login = loginOf(read);
  const proxy = proxyOf(read);
  const hosts = listOf(read, 'IMS_FERRY_DASHBOARD_HOSTS');
  for (const host of hosts) {
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(host)) {
      read.issues.push(`IMS_FERRY_DASHBOARD_HOSTS: ${JSON.stringify(host)} is no host name`);
    }
  }
  const basePath = basePathOf(read);
  if (read.issues.length > 0) throw new ConfigError(read.issues);
  return {
    hosts,
    ...(basePath === '' ? {} : { basePath }),
    ...(login ? { login } : {}),
    ...(proxy ? { proxy } : {}),
  };
}

function loginOf(read: EnvReader): DashboardConfig['login'] {
  const user = read.text('IMS_FERRY_DASHBOARD_USER');
  const password = read.secret('IMS_FERRY_DASHBOARD_PASSWORD') ?? '';
  if (user === undefined && password === '') return undefined;
  if (user === undefined || password === '') {
    const missing =
      user === undefined ? 'IMS_FERRY_DASHBOARD_USER' : 'IMS_FERRY_DASHBOARD_PASSWORD';
    read.issues.push(`${missing} is not set; both or none are needed`);
    return undefined;
  }
  if (user.includes(':')) {
    read.issues.push('IMS_FERRY_DASHBOARD_USER has a colon; a browser could not send it');
  }
  if (password.length < SHORTEST_PASSWORD) {
    read.issues.push(
      `IMS_FERRY_DASHBOARD_PASSWORD is shorter than ${SHORTEST_PASSWORD} characters`,
    );
  }
  return { user, password };
}

function proxyOf(read: EnvReader): DashboardConfig['proxy'] {
  const header = read.text('IMS_FERRY_DASHBOARD_USER_HEADER')?.toLowerCase();
  const from = listOf(read, 'IMS_FERRY_DASHBOARD_PROXIES');
  if (header === undefined && from.length === 0) return undefined;
  if (from.length === 0) {
    read.issues.push(
      'IMS_FERRY_DASHBOARD_PROXIES is not set; without it nobody is believed who sends IMS_FERRY_DASHBOARD_USER_HEADER',
    );
    return undefined;
  }
  if (header !== undefined && !isUsable(header)) {
    read.issues.push(`IMS_FERRY_DASHBOARD_USER_HEADER: ${JSON.stringify(header)} cannot be used`);
  }
  for (const range of from.filter((one) => !isRange(one))) {
    read.issues.push(
      `IMS_FERRY_DASHBOARD_PROXIES: ${JSON.stringify(range)} is no address and no range such as 10.0.0.0/8`,
    );
  }
  return { from, ...(header === undefined ? {} : { header }) };
}

/** With a slash in front and none behind, however it is written; `/` is none. */
function basePathOf(read: EnvReader): string {
  const name = 'IMS_FERRY_DASHBOARD_BASE_PATH';
  const parts = (read.text(name) ?? '').split('/').filter((part) => part !== '');
  const isFit = parts.every((part) => /^[A-Za-z0-9._~-]+$/.test(part) && !/^\.+$/.test(part));
  if (!isFit) {
    read.issues.push(
      `${name} is no path such as /ferry: letters, digits and - . _ ~ between slashes`,
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

/** Behind a proxy that takes the path off, an address that begins so is a page. */
const OWN_PAGES = new Set(
  'assets batches healthz live metrics queues readyz reports stop'.split(' '),
);

/** Those of browsers say what anybody may write. */
const NO_NAMES = new Set(['authorization', 'host', 'cookie', 'x-forwarded-for']);

function isUsable(header: string): boolean {
  return /^[a-z0-9-]+$/.test(header) && !NO_NAMES.has(header);
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
