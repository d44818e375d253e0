import { DIALECTS, isDialect } from '../../dialect/dialect.ts';
import { authUrlOfRegion } from '../../dialect/regions.ts';
import { withoutBlanks } from '../clean-value.ts';
import type { CloudsFile, CloudsFiles } from './clouds-file.ts';
import { at, type Layer } from './resolve-fields.ts';

/** What the files say of one cloud; or why it cannot be told. */
export type Layers =
  | { readonly ok: true; readonly layers: readonly Layer[] }
  | { readonly ok: false; readonly issue: string };

/** The names of all clouds in clouds.yaml, in its order. */
export function cloudNames({ clouds }: CloudsFiles): readonly string[] {
  return Object.keys(mapping(at(clouds?.values, ['clouds'])) ?? {});
}

/**
 * A cloud of clouds.yaml, the strongest first: secure.yaml, its entry, the values of its region, its
 * profile (`clouds-public.yaml`, else one that is built in).
 * @param wanted the region that the environment names: it picks the values and the profile's address
 */
export function layersOf(files: CloudsFiles, name: string, wanted?: string): Layers {
  const secure = layer(files.secure, ['clouds', name]);
  const own = layer(files.clouds, ['clouds', name]);
  if (!own) return { ok: false, issue: unknownCloud(files, name) };
  const region = regionOf(own, wanted ?? nameAt(own.values, 'region_name'));
  if (typeof region === 'string') return { ok: false, issue: region };
  const profile = profileOf(files, own.values, wanted ?? nameIn(region.layers, own.values));
  if (typeof profile === 'string') return { ok: false, issue: profile };
  return {
    ok: true,
    layers: [...(secure ? [secure] : []), own, ...region.layers, ...profile.layers],
  };
}

interface Found {
  readonly layers: readonly Layer[];
}

function layer(file: CloudsFile | undefined, path: readonly string[]): Layer | undefined {
  const values = mapping(at(file?.values, path));
  return file && values ? { from: file.path, values } : undefined;
}

function mapping(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function unknownCloud(files: CloudsFiles, name: string): string {
  if (!files.clouds) {
    return `cloud ${name} is in no clouds.yaml: there is none (looked for ${files.looked.join(', ')})`;
  }
  const known = cloudNames(files);
  const { path } = files.clouds;
  if (known.includes(name)) {
    return `cloud ${name} in ${path} has no settings; they stand below its name, further to the right`;
  }
  if (known.length === 0) return `cloud ${name} is not in ${path}: nothing stands below clouds:`;
  return `cloud ${name} is not in ${path}; there are: ${known.join(', ')}`;
}

/** openstacksdk: `regions` lists names, or mappings of a name and its `values`; the first is the default. */
function regionOf({ from: file, values }: Layer, wanted: string | undefined): Found | string {
  const list = at(values, ['regions']);
  if (!Array.isArray(list) || list.length === 0) return { layers: [] };
  const regions = list.map((item: unknown) =>
    typeof item === 'string'
      ? { name: withoutBlanks(item), values: {} }
      : { name: nameAt(item, 'name') ?? 'undefined', values: mapping(at(item, ['values'])) ?? {} },
  );
  const found = wanted === undefined ? regions[0] : regions.find(({ name }) => name === wanted);
  if (!found) {
    const names = regions.map(({ name }) => name).join(', ');
    return `region ${wanted} is not among the regions of this cloud: ${names}`;
  }
  const from = `${file}, region ${found.name}`;
  return { layers: [{ from, values: { region_name: found.name, ...found.values } }] };
}

function nameIn(layers: readonly Layer[], own: unknown): string | undefined {
  const all = [own, ...layers.map(({ values }) => values)];
  return all.map((values) => nameAt(values, 'region_name')).find((name) => name !== undefined);
}

/** Nothing invisible at the ends of a name is meant: addresses are made of some. */
function nameAt(values: unknown, field: string): string | undefined {
  const name = at(values, [field]);
  return typeof name === 'string' ? withoutBlanks(name) : undefined;
}

/** `profile`; `cloud` is its older name. */
function profileOf(
  files: CloudsFiles,
  values: unknown,
  region: string | undefined,
): Found | string {
  const name = nameAt(values, 'profile') ?? nameAt(values, 'cloud');
  if (name === undefined) return { layers: [] };
  const own = layer(files.profiles, ['public-clouds', name]);
  const found = own ?? builtIn(name, region);
  if (found) return { layers: [withRegion(found, region)] };
  return `profile ${name} is not known; built in are otc and huawei, others stand in clouds-public.yaml`;
}

function builtIn(name: string, region: string | undefined): Layer | undefined {
  if (!isDialect(name)) return undefined;
  const where = region ?? DIALECTS[name].defaultRegion;
  const values = where === undefined ? {} : { auth: { auth_url: authUrlOfRegion(where) } };
  return { from: `profile ${name}`, values };
}

/** openstacksdk: a profile's auth_url may hold `{region_name}`. */
function withRegion(profile: Layer, region: string | undefined): Layer {
  const url = at(profile.values, ['auth', 'auth_url']);
  if (typeof url !== 'string' || region === undefined) return profile;
  const auth = { ...mapping(at(profile.values, ['auth'])) };
  auth['auth_url'] = url.replaceAll('{region_name}', region);
  return { ...profile, values: { ...mapping(profile.values), auth } };
}
