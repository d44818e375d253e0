import { ConfigError } from '../../errors/errors.ts';
import type { CloudConfig } from '../config.ts';
import { type Env, EnvReader } from '../env-reader.ts';
import type { ObsConfig } from '../obs-config.ts';
import { buildCloud, buildObs } from './build-cloud.ts';
import { cloudNames, layersOf } from './cloud-layers.ts';
import { CloudReader } from './cloud-reader.ts';
import { type CloudsFiles, findCloudsFiles } from './clouds-file.ts';
import { namesOf } from './fields.ts';
import { networkOf } from './network-files.ts';
import { passwordFrom, passwordSource } from './password-sources.ts';
import { type Resolved, resolveFields } from './resolve-fields.ts';

/** Which cloud: the one of the environment, or an entry of clouds.yaml that a manifest names. */
export interface Wanted {
  readonly env: Env;
  /** Of clouds.yaml alone: the environment speaks of another cloud. */
  readonly cloud?: string | undefined;
}

const ADVICE =
  'The README lists every setting, with an example; a clouds.yaml does as well (docs/logins.md). `ims-ferry config` shows what is set.';

/**
 * Where and as whom to log in; only for commands that talk to the cloud. Reads clouds.yaml, and the
 * password where a file or a command has it.
 * @throws ConfigError with every problem at once
 */
export async function loadCloudConfig(wanted: Wanted): Promise<CloudConfig> {
  const read = await openReader(wanted, { oneIsEnough: true, asksPassword: true });
  const cloud = buildCloud(read);
  const network = await networkOf(read, wanted.env);
  if (read.issues.length > 0) throw new ConfigError(read.issues, ADVICE);
  return { ...cloud, network };
}

/**
 * How to talk to OBS; `undefined` when no keys are set.
 * @throws ConfigError when they are set by half, or no endpoint can be told
 */
export async function loadObsConfig(wanted: Wanted): Promise<ObsConfig | undefined> {
  if (await isElsewhere(wanted)) return undefined;
  const read = await openReader(wanted, { oneIsEnough: false });
  const obs = buildObs(read);
  if (read.issues.length > 0) throw new ConfigError(read.issues);
  return obs && { ...obs, network: await networkOf(read, wanted.env) };
}

/**
 * The login of who can do without one: `undefined` where nobody says which cloud, and for a cloud that a
 * manifest names where there is no clouds.yaml (a producer needs no login).
 * @throws ConfigError for a login by half, and for a name that the clouds.yaml here does not have
 */
export async function findCloudConfig(wanted: Wanted): Promise<CloudConfig | undefined> {
  if (!saysCloud(wanted) || (await isElsewhere(wanted))) return undefined;
  return loadCloudConfig(wanted);
}

/**
 * The login of a worker for manifests that name no cloud: `undefined` where the environment names none
 * and clouds.yaml has several.
 * @throws ConfigError as loadCloudConfig
 */
export async function ownCloudConfig(wanted: Wanted): Promise<CloudConfig | undefined> {
  const several = cloudNames(await findCloudsFiles(wanted.env)).length > 1;
  return several && !saysCloud(wanted) ? undefined : loadCloudConfig(wanted);
}

async function isElsewhere({ env, cloud }: Wanted): Promise<boolean> {
  return cloud !== undefined && (await findCloudsFiles(env)).clouds === undefined;
}

/** True where somebody has said which cloud is meant: commands that can do without a login need that. */
export function saysCloud({ env, cloud }: Wanted): boolean {
  return cloud !== undefined || saysWhere(env) || saysRegionAndWho(env);
}

function saysWhere(env: Env): boolean {
  return isOneSet(env, ['OS_CLOUD', 'HUAWEICLOUD_SDK_AK', ...namesOf('authUrl').env]);
}

/** The region tells the address; but the only entry of a clouds.yaml may hold what else is needed. */
function saysRegionAndWho(env: Env): boolean {
  const who = (['username', 'userId', 'token', 'accessKey'] as const).flatMap(
    (field) => namesOf(field).env,
  );
  return isOneSet(env, namesOf('region').env) && isOneSet(env, who);
}

function isOneSet(env: Env, names: readonly string[]): boolean {
  return names.some((name) => (env[name] ?? '').trim() !== '');
}

interface Reading {
  /** The only cloud of a file is meant where none is named. */
  readonly oneIsEnough: boolean;
  /** Reads the file or runs the command that has the password; somebody may have to touch a key for it. */
  readonly asksPassword?: boolean;
}

/**
 * The fields of a cloud, each with where it was said.
 * @throws ConfigError when it cannot be told which cloud is meant
 */
export async function openReader(
  wanted: Wanted,
  { oneIsEnough, asksPassword = false }: Reading,
): Promise<CloudReader> {
  const { env } = wanted;
  const allowHttp = new EnvReader(env).flag('IMS_FERRY_ALLOW_HTTP');
  const files = await findCloudsFiles(env);
  const named = nameOf(wanted, files, oneIsEnough);
  const own = wanted.cloud === undefined ? env : {};
  const region = resolveFields(own, []).get('region')?.value;
  const found = named.name === undefined ? undefined : layersOf(files, named.name, region);
  // Without it everything would be missing.
  if (named.issue !== undefined) throw new ConfigError([named.issue]);
  if (found && !found.ok) throw new ConfigError([found.issue]);
  const resolved = resolveFields(own, found?.layers ?? []);
  const password = asksPassword ? await passwordFrom(resolved) : passwordSource(resolved);
  const whole: Resolved = password ? new Map([...resolved, ['password', password]]) : resolved;
  return new CloudReader(whole, { cloud: named.name, allowHttp });
}

/** openstacksdk: the only cloud of a file need not be named. */
function nameOf(
  { env, cloud }: Wanted,
  files: CloudsFiles,
  oneIsEnough: boolean,
): { readonly name?: string; readonly issue?: string } {
  const said = cloud ?? new EnvReader(env).text('OS_CLOUD');
  if (said) return cloud === undefined && said === 'envvars' ? {} : { name: said };
  if (saysWhere(env) || !oneIsEnough) return {};
  const names = cloudNames(files);
  const [only] = names;
  if (names.length === 1 && only !== undefined) return { name: only };
  if (names.length === 0 || saysRegionAndWho(env)) return {};
  return { issue: `OS_CLOUD is not set; clouds.yaml has ${names.join(', ')}` };
}
