import { dirname } from 'node:path';
import { DIALECTS, isDialect } from '../../dialect/dialect.ts';
import { authUrlOfRegion } from '../../dialect/regions.ts';
import { ConfigError } from '../../errors/errors.ts';
import { withoutBlanks } from '../values.ts';
import { at, type Layer } from './cloud-reader.ts';
import { type CloudsFile, type CloudsFiles, isEmpty, mapping } from './clouds-files.ts';

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
  const auth = at(own.values, ['auth']);
  if (auth !== undefined && !isEmpty(auth) && !mapping(auth)) {
    throw new ConfigError([
      `auth of cloud ${name} in ${own.from} has no fields; indent them below it`,
    ]);
  }
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

/** Why a cloud has no layers. */
export function unknownCloud(files: CloudsFiles, name: string): string {
  if (!files.clouds) {
    const folders = new Set(files.searched.map((path) => dirname(path)));
    return `cloud ${name}: no clouds.yaml found (searched ${[...folders].join(', ')})`;
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
