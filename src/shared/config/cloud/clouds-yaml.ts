import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { DIALECTS, isDialect } from '../../dialect/dialect.ts';
import { authUrlOfRegion } from '../../dialect/regions.ts';
import { codeOf } from '../../errors/error-code.ts';
import { ConfigError } from '../../errors/errors.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { Env } from '../env-reader.ts';
import { unlessEmpty, withoutBlanks } from '../values.ts';
import { at, type Layer } from './cloud-reader.ts';

/** A configuration file of OpenStack. */
interface CloudsFile {
  readonly path: string;
  /** Mappings, lists and strings: scalars keep their text. */
  readonly values: unknown;
}

/** clouds.yaml and the files beside it, where they exist. */
export interface CloudsFiles {
  readonly clouds?: CloudsFile;
  readonly secure?: CloudsFile;
  readonly profiles?: CloudsFile;
  /** Every path that was tried for clouds.yaml. */
  readonly searched: readonly string[];
}

const ENDINGS = ['yaml', 'yml', 'json'] as const;
const MAX_LENGTH = 1_000_000;

/**
 * Reads them from where openstacksdk does: `.`, `~/.config/openstack`, `/etc/openstack`; the first of
 * each wins. OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE and OS_CLIENT_VENDOR_FILE name one directly.
 * @throws ConfigError for a file that cannot be read or parsed; it quotes nothing of the content
 */
export async function findCloudsFiles(env: Env): Promise<CloudsFiles> {
  const clouds = await findFile(env, 'clouds', 'OS_CLIENT_CONFIG_FILE');
  const secure = await findFile(env, 'secure', 'OS_CLIENT_SECURE_FILE');
  const profiles = await findFile(env, 'clouds-public', 'OS_CLIENT_VENDOR_FILE');
  const files = { clouds: clouds.file, secure: secure.file, profiles: profiles.file };
  return omitUndefined({ searched: clouds.searched, ...files });
}

async function findFile(env: Env, name: string, variable: string) {
  const named = unlessEmpty(withoutBlanks(env[variable] ?? ''));
  const searched = named === undefined ? placesOf(env, name) : [named];
  for (const path of searched) {
    const text = await readText(path);
    if (text !== undefined) return { searched, file: { path, values: parse(path, text) } };
  }
  if (named === undefined) return { searched, file: undefined };
  throw new ConfigError([`${named} does not exist`], `${variable} names it.`);
}

function placesOf(env: Env, name: string): readonly string[] {
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] && join(env['HOME'], '.config'));
  const folders = ['.', ...(home ? [join(home, 'openstack')] : []), '/etc/openstack'];
  return folders.flatMap((folder) => ENDINGS.map((ending) => join(folder, `${name}.${ending}`)));
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length <= MAX_LENGTH) return text;
    throw new ConfigError([`${path} is too large to be a clouds.yaml`]);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = codeOf(error) ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ConfigError([`${path} cannot be read (${code})`]);
  }
}

/** Scalars keep their text: a project id of digits or a password such as `0123` is not a number. */
function parse(path: string, text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    // openstacksdk reads YAML 1.1: `<<` merges shared values into an entry.
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    // The parser's own message may quote a password.
    const code = error.code.toLowerCase().replaceAll('_', ' ');
    throw new ConfigError([`${path}:${line}:${col}: not valid YAML (${code})`]);
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    // An unquoted password that begins with * looks like an alias.
    const why = 'has an undefined alias, or too many of them; quote values that begin with *';
    throw new ConfigError([`${path} ${why}`]);
  }
}

/** The names of all clouds in clouds.yaml, in its order. */
export function cloudNames({ clouds }: CloudsFiles): readonly string[] {
  return Object.keys(mapping(at(clouds?.values, ['clouds'])) ?? {});
}

/**
 * The layers of a cloud, the strongest first: secure.yaml, its entry, the values of its region, its
 * profile (`clouds-public.yaml`, else one that is built in).
 * @param wanted the region of the environment: it selects the region's values and the profile's address
 * @throws ConfigError for an unknown cloud, region or profile
 */
export function layersOf(files: CloudsFiles, name: string, wanted?: string): readonly Layer[] {
  const secure = layerAt(files.secure, ['clouds', name]);
  const own = layerAt(files.clouds, ['clouds', name]);
  if (!own) throw new ConfigError([unknownCloud(files, name)]);
  const region = regionLayer(own, wanted ?? nameAt(own.values, 'region_name'));
  const named =
    wanted ?? nameAt(own.values, 'region_name') ?? nameAt(region?.values, 'region_name');
  const profile = profileLayer(files, own.values, named);
  return [secure, own, region, profile].filter((layer) => layer !== undefined);
}

function layerAt(file: CloudsFile | undefined, path: readonly string[]): Layer | undefined {
  const values = mapping(at(file?.values, path));
  return file && values ? { from: file.path, values } : undefined;
}

function mapping(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** Why a cloud has no layers. */
export function unknownCloud(files: CloudsFiles, name: string): string {
  if (!files.clouds) {
    return `cloud ${name}: no clouds.yaml found (searched ${files.searched.join(', ')})`;
  }
  const known = cloudNames(files);
  const { path } = files.clouds;
  if (known.includes(name)) {
    return `cloud ${name} in ${path} has no settings; indent them below its name`;
  }
  if (known.length === 0) return `cloud ${name} is not in ${path}: nothing is below "clouds:"`;
  return `cloud ${name} is not in ${path}; it has ${known.join(', ')}`;
}

/** openstacksdk: `regions` lists names, or mappings of a name and its `values`; the first is the default. */
function regionLayer({ from, values }: Layer, wanted: string | undefined): Layer | undefined {
  const list = at(values, ['regions']);
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const regions = list.map((item: unknown) =>
    typeof item === 'string'
      ? { name: withoutBlanks(item), values: {} }
      : { name: nameAt(item, 'name') ?? 'undefined', values: mapping(at(item, ['values'])) ?? {} },
  );
  const found = wanted === undefined ? regions[0] : regions.find(({ name }) => name === wanted);
  if (found) {
    const { name } = found;
    return { from: `${from}, region ${name}`, values: { region_name: name, ...found.values } };
  }
  const names = regions.map(({ name }) => name).join(', ');
  throw new ConfigError([`region ${wanted} is not one of this cloud's regions: ${names}`]);
}

/** Names become part of addresses, so invisible characters at their ends are dropped. */
function nameAt(values: unknown, field: string): string | undefined {
  const name = at(values, [field]);
  return typeof name === 'string' ? withoutBlanks(name) : undefined;
}

/** `profile`; `cloud` is its older name. */
function profileLayer(
  files: CloudsFiles,
  values: unknown,
  region: string | undefined,
): Layer | undefined {
  const name = nameAt(values, 'profile') ?? nameAt(values, 'cloud');
  if (name === undefined) return undefined;
  const found = layerAt(files.profiles, ['public-clouds', name]) ?? builtIn(name, region);
  if (found) return withRegion(found, region);
  throw new ConfigError([
    `unknown profile ${name}; otc and huawei are built in, clouds-public.yaml defines others`,
  ]);
}

function builtIn(name: string, region: string | undefined): Layer | undefined {
  if (!isDialect(name)) return undefined;
  const where = region ?? DIALECTS[name].defaultRegion;
  const values = where === undefined ? {} : { auth: { auth_url: authUrlOfRegion(where) } };
  return { from: `profile ${name}`, values };
}

/** openstacksdk: a profile's auth_url may contain `{region_name}`. */
function withRegion(profile: Layer, region: string | undefined): Layer {
  const url = at(profile.values, ['auth', 'auth_url']);
  if (typeof url !== 'string' || region === undefined) return profile;
  const auth_url = url.replaceAll('{region_name}', region);
  const auth = { ...mapping(at(profile.values, ['auth'])), auth_url };
  return { ...profile, values: { ...mapping(profile.values), auth } };
}
