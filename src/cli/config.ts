import { buildCloud } from '../shared/config/cloud/build-cloud.ts';
import type { CloudReader } from '../shared/config/cloud/cloud-reader.ts';
import { FIELD_NAMES, namesOf } from '../shared/config/cloud/fields.ts';
import { namesCloud, openReader } from '../shared/config/cloud/load-cloud.ts';
import { loadConfig } from '../shared/config/config.ts';
import { SETTINGS } from '../shared/config/settings.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import type { Io } from './io.ts';

/** A setting as it counts. */
interface Shown {
  readonly name: string;
  readonly value: string;
  /** `OS_USERNAME`, `auth.username in …/clouds.yaml`, `default`. */
  readonly from: string;
}

type Built = ReturnType<typeof buildCloud>;

const METHODS: Readonly<Record<Built['credential']['method'], string>> = {
  password: 'password',
  token: 'a given token',
  keys: 'AK/SK',
};
const HIDDEN = '(hidden)';
const ACCOUNT = new Set(FIELD_NAMES.flatMap((field) => namesOf(field).env));
const SECRETS = /PASSWORD|TOKEN_KEY/;

/** `config`: every setting that counts and where it was said; secrets are not shown. */
export async function showConfig(flags: { readonly json: boolean }, io: Io): Promise<ExitCode> {
  const config = loadConfig(io.env);
  const wanted = { env: io.env, cloud: config.cloud };
  const read = await openReader(wanted, { oneIsEnough: true });
  const isSaid = namesCloud(wanted) || read.cloud !== undefined;
  const built = isSaid ? buildCloud(read) : undefined;
  const account = [...accountRows(read), ...followRows(read, built)];
  const settings = settingRows(io);
  const issues = read.issues;
  const cloud = read.cloud ?? null;
  if (flags.json) io.out(JSON.stringify({ cloud, settings: [...account, ...settings], issues }));
  else {
    for (const line of tableOf([...account, ...settings])) io.out(line);
    if (!isSaid) io.err('No login is set: work, resolve and reconcile need one.');
    for (const issue of issues) io.err(issue);
  }
  return issues.length === 0 ? EXIT.ok : EXIT.usage;
}

/** What is known of the account, and what follows from it. */
function accountRows(read: CloudReader): readonly Shown[] {
  return FIELD_NAMES.flatMap((field) => {
    const given = read.given(field);
    if (!given) return [];
    const { env, file, secret } = namesOf(field);
    const name = env[0] ?? file[0] ?? field;
    const from = given.source === name ? 'environment' : given.source;
    return [{ name, value: secret ? HIDDEN : withoutLogin(given.value), from }];
  });
}

/** What nobody has written, but follows. */
function followRows(read: CloudReader, cloud: Built | undefined): readonly Shown[] {
  if (!cloud || read.issues.length > 0) return [];
  const { credential, agency, authUrl } = cloud;
  const how = agency === undefined ? '' : `, then agency ${agency.name}`;
  const login = {
    name: 'login by',
    value: `${METHODS[credential.method]}${how}`,
    from: 'what is set',
  };
  if (read.given('authUrl')) return [login];
  return [{ name: 'OS_AUTH_URL', value: authUrl, from: read.nameOf('region') }, login];
}

function settingRows({ env }: Io): readonly Shown[] {
  return SETTINGS.filter(({ name }) => !ACCOUNT.has(name)).flatMap(
    ({ name, default: fallback }) => {
      const value = env[name]?.trim();
      if (value) return [{ name, value: shown(name, value), from: 'environment' }];
      return fallback === '' ? [] : [{ name, value: fallback, from: 'default' }];
    },
  );
}

function shown(name: string, value: string): string {
  if (SECRETS.test(name)) return HIDDEN;
  return withoutLogin(value);
}

/** Of whatever may be a URL: a proxy's and that of Redis hold passwords, with an `@` in them perhaps. */
function withoutLogin(value: string): string {
  return value.replace(/\/\/(?!\/).*@/s, '//').replace(/^[^/\s][^/\s:]*:.*@/s, '');
}

function tableOf(rows: readonly Shown[]): readonly string[] {
  const width = (of: (row: Shown) => string): number =>
    Math.min(60, Math.max(0, ...rows.map((row) => of(row).length))) + 2;
  const [names, values] = [width(({ name }) => name), width(({ value }) => value)];
  return rows.map(({ name, value, from }) => `${name.padEnd(names)}${value.padEnd(values)}${from}`);
}
