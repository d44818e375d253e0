import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { codeOf } from '../../errors/error-code.ts';
import { ConfigError } from '../../errors/errors.ts';
import { noteSecret } from '../../errors/known-secrets.ts';
import { type Env, EnvReader } from '../env-reader.ts';
import { readText } from '../named-files.ts';
import { networkOf } from '../network-config.ts';
import { firstLine } from '../values.ts';
import { buildCloud, buildObs } from './build-cloud.ts';
import type { CloudConfig, ObsConfig } from './cloud-config.ts';
import { CloudReader, type Given, type Resolved, resolveFields } from './cloud-reader.ts';
import { type CloudsFiles, findCloudsFiles } from './clouds-files.ts';
import { cloudNames, layersOf } from './clouds-yaml.ts';
import { FIELDS } from './fields.ts';
import { misspeltFields } from './misspelt-fields.ts';

/** Which cloud: the one of the environment, or an entry of clouds.yaml that a manifest names. */
export interface Wanted {
  readonly env: Env;
  /** Read from clouds.yaml alone: the environment describes another cloud. */
  readonly cloud?: string | undefined;
}

const ADVICE =
  'docs/logins.md shows every way to log in, with examples. `ims-ferry config` shows what is set.';

/**
 * Where and as whom to log in; only for commands that talk to the cloud. Reads clouds.yaml, and the
 * password from its file or command.
 * @throws ConfigError with every problem at once
 */
export async function loadCloudConfig(wanted: Wanted): Promise<CloudConfig> {
  const read = await openReader(wanted, { oneIsEnough: true, readsPassword: true });
  const cloud = buildCloud(read);
  const network = networkOf(read, wanted.env);
  if (read.issues.length > 0) throw new ConfigError([...read.issues, ...read.misspelt], ADVICE);
  return { ...cloud, network };
}

/**
 * How to reach OBS; `undefined` when no keys are set.
 * @throws ConfigError when only one key is set, or the endpoint cannot be derived
 */
export async function loadObsConfig(wanted: Wanted): Promise<ObsConfig | undefined> {
  if (await isElsewhere(wanted)) return undefined;
  const read = await openReader(wanted, { oneIsEnough: false });
  const obs = buildObs(read);
  if (read.issues.length > 0) throw new ConfigError(read.issues);
  return obs && { ...obs, network: networkOf(read, wanted.env) };
}

/**
 * For commands that can do without a login: `undefined` where no cloud is set, and for a cloud that a
 * manifest names where this machine has no clouds.yaml (a producer needs no login).
 * @throws ConfigError for an incomplete login, and for a name that the clouds.yaml here does not have
 */
export async function findCloudConfig(wanted: Wanted): Promise<CloudConfig | undefined> {
  if (!namesCloud(wanted) || (await isElsewhere(wanted))) return undefined;
  return loadCloudConfig(wanted);
}

/**
 * For workers: the cloud of manifests that name none; `undefined` where the environment names none and
 * clouds.yaml has several.
 * @throws ConfigError as loadCloudConfig
 */
export async function ownCloudConfig(wanted: Wanted): Promise<CloudConfig | undefined> {
  const several = cloudNames(await findCloudsFiles(wanted.env)).length > 1;
  return several && !namesCloud(wanted) ? undefined : loadCloudConfig(wanted);
}

async function isElsewhere({ env, cloud }: Wanted): Promise<boolean> {
  return cloud !== undefined && (await findCloudsFiles(env)).clouds === undefined;
}

/** True where the settings name a cloud; commands that can do without a login go by it. */
export function namesCloud({ env, cloud }: Wanted): boolean {
  return cloud !== undefined || namesAddress(env) || namesRegionAndUser(env);
}

function namesAddress(env: Env): boolean {
  return isOneSet(env, ['OS_CLOUD', 'HUAWEICLOUD_SDK_AK', ...FIELDS.authUrl.env]);
}

/** The address follows from the region; the only entry of a clouds.yaml may supply the rest. */
function namesRegionAndUser(env: Env): boolean {
  const who = (['username', 'userId', 'token', 'accessKey'] as const).flatMap(
    (field) => FIELDS[field].env,
  );
  return isOneSet(env, FIELDS.region.env) && isOneSet(env, who);
}

function isOneSet(env: Env, names: readonly string[]): boolean {
  return names.some((name) => (env[name] ?? '').trim() !== '');
}

/**
 * The fields of a cloud, each with where it was set.
 * @param oneIsEnough the only cloud of a file need not be named
 * @param readsPassword from its file or command; a person may have to touch a security key for it
 * @throws ConfigError when it is not clear which cloud is meant
 */
export async function openReader(
  wanted: Wanted,
  {
    oneIsEnough,
    readsPassword = false,
  }: { readonly oneIsEnough: boolean; readonly readsPassword?: boolean },
): Promise<CloudReader> {
  const { env } = wanted;
  const allowHttp = new EnvReader(env).flag('IMS_FERRY_ALLOW_HTTP');
  const files = await findCloudsFiles(env);
  const cloud = nameOf(wanted, files, oneIsEnough);
  const own = wanted.cloud === undefined ? env : {};
  const region = resolveFields(own, []).get('region')?.value;
  const layers = cloud === undefined ? [] : layersOf(files, cloud, region);
  const resolved = resolveFields(own, layers);
  const password = await passwordOf(resolved, readsPassword);
  const whole: Resolved = password ? new Map([...resolved, ['password', password]]) : resolved;
  return new CloudReader(whole, { cloud, allowHttp, misspelt: layers.flatMap(misspeltFields) });
}

/** openstacksdk: the only cloud of a file need not be named. */
function nameOf(
  { env, cloud }: Wanted,
  files: CloudsFiles,
  oneIsEnough: boolean,
): string | undefined {
  const named = cloud ?? new EnvReader(env).text('OS_CLOUD');
  if (named) return cloud === undefined && named === 'envvars' ? undefined : named;
  if (namesAddress(env) || !oneIsEnough) return undefined;
  const names = cloudNames(files);
  if (names.length < 2) return names[0];
  if (namesRegionAndUser(env)) return undefined;
  throw new ConfigError([`OS_CLOUD is not set; clouds.yaml has ${names.join(', ')}`]);
}

const run = promisify(execFile);
/** A person may have to touch a security key. */
const COMMAND_MS = 60_000;
const MAX_OUTPUT_BYTES = 100_000;

/**
 * The password from OS_PASSWORD_COMMAND or OS_PASSWORD_FILE: its first line; `undefined` when neither is
 * set. Without `reads` only where it would come from.
 * @throws ConfigError when there is none; it never repeats the command's output
 */
async function passwordOf(resolved: Resolved, reads: boolean): Promise<Given | undefined> {
  const command = resolved.get('passwordCommand');
  const given = command ?? resolved.get('passwordFile');
  if (!given) return undefined;
  const { value, source } = given;
  if (!reads) return { value: '?', source };
  return { value: command ? await passwordFromCommand(value) : passwordFromFile(value), source };
}

function passwordFromFile(path: string): string {
  const { text, fault } = readText(path);
  if (fault !== undefined) throw new ConfigError([`OS_PASSWORD_FILE: ${path} ${fault}`]);
  return firstOf(text, `OS_PASSWORD_FILE: ${path} is empty`);
}

async function passwordFromCommand(command: string): Promise<string> {
  const options = { timeout: COMMAND_MS, maxBuffer: MAX_OUTPUT_BYTES } as const;
  const printed = await run('/bin/sh', ['-c', command], options).catch((error: unknown) => {
    throw new ConfigError([`the password command ${whyItFailed(error)}`]);
  });
  return firstOf(printed.stdout, 'the password command printed nothing');
}

function whyItFailed(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if ('killed' in error && error.killed === true) {
    return `did not finish within ${COMMAND_MS / 1000} s`;
  }
  const code = codeOf(error) ?? 'unknown';
  return code === '127' ? 'was not found (exit code 127)' : `failed with exit code ${code}`;
}

function firstOf(text: string, ifEmpty: string): string {
  const line = firstLine(text);
  if (line === '') throw new ConfigError([ifEmpty]);
  noteSecret(line);
  return line;
}
