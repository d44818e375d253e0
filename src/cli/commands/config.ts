import type { Command } from 'commander';
import { buildCloud } from '../../shared/config/cloud/build-cloud.ts';
import type { CloudReader } from '../../shared/config/cloud/cloud-reader.ts';
import { FIELD_NAMES, FIELDS } from '../../shared/config/cloud/fields.ts';
import { namesCloud, openReader } from '../../shared/config/cloud/load-cloud.ts';
import { loadConfig } from '../../shared/config/config.ts';
import { notifySetting } from '../../shared/config/notify-config.ts';
import { SETTINGS } from '../../shared/config/settings.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import type { CommandContext } from '../command.ts';
import { type Io, printJson } from '../io.ts';

export function configCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option('--json', 'print data only')
    .action((flags: { json?: true }) => run(showConfig(flags, io)));
}

/** An effective setting. */
interface Row {
  readonly name: string;
  readonly value: string;
  /** `OS_USERNAME`, `auth.username in …/clouds.yaml`, `default`. */
  readonly from: string;
}

type Built = ReturnType<typeof buildCloud>;

const METHODS: Readonly<Record<Built['credential']['method'], string>> = {
  password: 'password',
  token: 'an existing token',
  keys: 'AK/SK',
};
const LISTED = new Set(SETTINGS.map(({ name }) => name));
const HIDDEN = '(hidden)';
const ACCOUNT = new Set(FIELD_NAMES.flatMap((field) => FIELDS[field].env));
const SECRETS = /PASSWORD|TOKEN_KEY|NOTIFY_(URL|SECRET)(?!.*_FILE$)/;

/** The effective settings and where each one came from; secrets are hidden. */
async function showConfig(flags: { readonly json?: true }, io: Io): Promise<ExitCode> {
  const config = loadConfig(io.env);
  const wanted = { env: io.env, cloud: config.cloud };
  const read = await openReader(wanted, { oneIsEnough: true });
  const hasLogin = namesCloud(wanted) || read.cloud !== undefined;
  const built = hasLogin ? buildCloud(read) : undefined;
  for (const text of read.misspelt) io.err(`Warning: ${text}`);
  const rows = [...accountRows(read, io), ...derivedRows(read, built), ...settingRows(io)];
  const { issues } = read;
  if (flags.json) printJson(io, { cloud: read.cloud ?? null, settings: rows, issues });
  else {
    for (const line of tableOf(rows)) io.out(line);
    if (!hasLogin) io.err('No login is set: work, resolve and reconcile need one.');
    for (const issue of issues) io.err(issue);
  }
  return issues.length === 0 ? EXIT.ok : EXIT.usage;
}

function accountRows(read: CloudReader, io: Io): readonly Row[] {
  return FIELD_NAMES.flatMap((field) => {
    const given = read.given(field);
    if (!given) return [];
    const { env, file, secret } = FIELDS[field];
    const name = env[0] ?? file[0] ?? field;
    const from = given.source === name ? originOf(name, io) : given.source;
    return [{ name, value: secret ? HIDDEN : withoutLogin(given.value), from }];
  });
}

/** What is not set but follows from other settings. */
function derivedRows(read: CloudReader, cloud: Built | undefined): readonly Row[] {
  if (!cloud || read.issues.length > 0) return [];
  const { credential, agency, authUrl } = cloud;
  const then = agency === undefined ? '' : `, then agency ${agency.name}`;
  const value = `${METHODS[credential.method]}${then}`;
  const login = { name: 'login by', value, from: 'what is set' };
  if (read.given('authUrl')) return [login];
  return [{ name: 'OS_AUTH_URL', value: authUrl, from: read.nameOf('region') }, login];
}

function originOf(name: string, { origins }: Io): string {
  return origins?.get(name) ?? 'environment';
}

function settingRows(io: Io): readonly Row[] {
  const named = Object.keys(io.env).filter((name) => notifySetting(name) && !LISTED.has(name));
  const more = named.map((name) => ({ name, default: '' }));
  return [...SETTINGS, ...more]
    .filter(({ name }) => !ACCOUNT.has(name))
    .flatMap(({ name, default: fallback }) => {
      const value = io.env[name]?.trim();
      if (value) {
        const shown = SECRETS.test(name) ? HIDDEN : withoutLogin(value);
        return [{ name, value: shown, from: originOf(name, io) }];
      }
      return fallback === '' ? [] : [{ name, value: fallback, from: 'default' }];
    });
}

/** The URLs of a proxy and of Redis may hold passwords, perhaps with an `@` in them. */
function withoutLogin(value: string): string {
  return value.replace(/\/\/(?!\/).*@/s, '//').replace(/^[^/\s][^/\s:]*:.*@/s, '');
}

function tableOf(rows: readonly Row[]): readonly string[] {
  const width = (of: (row: Row) => string): number =>
    Math.min(60, Math.max(0, ...rows.map((row) => of(row).length))) + 2;
  const [names, values] = [width(({ name }) => name), width(({ value }) => value)];
  return rows.map(({ name, value, from }) => `${name.padEnd(names)}${value.padEnd(values)}${from}`);
}
