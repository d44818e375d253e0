import {
  ALL_DIALECTS,
  DIALECTS,
  type Dialect,
  type TagText,
} from '../../shared/dialect/dialect.ts';
import { diskRange, isWindows } from '../../shared/dialect/disk-range.ts';
import { cloudsOf } from '../../shared/dialect/os-versions.ts';
import { AUTO_DISK, type ImageRequest, type ImageTag } from '../../shared/image/image-request.ts';
import { type FieldNote, type Path, show } from './issue.ts';
import { similarOs } from './similar-os.ts';

/** A manifest is checked offline, for either cloud: what only one of them accepts gets a warning. */
export function cloudWarnings(image: ImageRequest): readonly FieldNote[] {
  const disks = image.data_images ?? [];
  return [
    ...diskWarning(image),
    ...tagWarnings(image.tags ?? [], [], 1),
    ...disks.flatMap(({ tags = [] }, at) => tagWarnings(tags, ['data_images', at], 0)),
    ...windowsWarning(image),
    ...isoWarning(image),
  ];
}

function named(dialects: readonly Dialect[]): string {
  return dialects.map((dialect) => DIALECTS[dialect].name).join(' and ');
}

/** The clouds that accept it, unless all do. */
function onlySome(accepts: (dialect: Dialect) => boolean): readonly Dialect[] | undefined {
  const all = ALL_DIALECTS.filter(accepts);
  return all.length === ALL_DIALECTS.length ? undefined : all;
}

function diskWarning(image: ImageRequest): FieldNote[] {
  const { min_disk } = image;
  if (min_disk === AUTO_DISK) return [];
  const range = (dialect: Dialect) => diskRange(image, dialect);
  const some = onlySome((dialect) => {
    const [least, most] = range(dialect);
    return min_disk >= least && min_disk <= most;
  });
  if (some === undefined) return [];
  const ranges = ALL_DIALECTS.map(
    (one) => `${DIALECTS[one].name} takes ${range(one).join(' to ')} GB`,
  );
  return [{ path: ['min_disk'], message: `is ${min_disk} GB; ${ranges.join(', ')}` }];
}

/** @param beside tags of our own: the marker, which data disks imported along do not carry */
function tagWarnings(tags: readonly ImageTag[], path: Path, beside: 0 | 1): FieldNote[] {
  if (tags.length === 0) return [];
  const field = [...path, 'tags'];
  const most = (dialect: Dialect) => DIALECTS[dialect].tags.most - beside;
  const byNumber = onlySome((dialect) => tags.length <= most(dialect));
  if (byNumber !== undefined) {
    const limits = ALL_DIALECTS.map((one) => `${DIALECTS[one].name} ${most(one)}`).join(', ');
    const marker = beside === 1 ? ' beside our marker' : '';
    const message = `has ${tags.length} tags; only ${named(byNumber)} takes that many (limits${marker}: ${limits})`;
    return [{ path: field, message }];
  }
  for (const { key, value } of tags) {
    const some = onlySome((dialect) => {
      const { key: ofKey, value: ofValue } = DIALECTS[dialect].tags;
      return fits(key, ofKey) && fits(value, ofValue);
    });
    if (some === undefined) continue;
    const message = `has the tag ${JSON.stringify(key)}, which only ${named(some)} takes (IMG.0115 elsewhere)`;
    return [{ path: field, message }];
  }
  return [];
}

function fits(text: string, { most, allowed }: TagText): boolean {
  const characters = [...text];
  return characters.length <= most && characters.every((one) => allowed.test(one));
}

function windowsWarning({ os_type, os_version }: ImageRequest): FieldNote[] {
  if (os_type !== 'Windows' && !isWindows(os_version)) return [];
  const refusing = ALL_DIALECTS.filter((dialect) => DIALECTS[dialect].refusesWindows);
  const message = `is Windows; recent documentation of ${named(refusing)} says that it no longer imports Windows`;
  return [{ path: [os_version === undefined ? 'os_type' : 'os_version'], message }];
}

/** Both clouds refuse it; a warning, since only the content of a file shows what it is. */
function isoWarning({ image_url, type }: ImageRequest): FieldNote[] {
  if (!/\.iso$/i.test(image_url) || type === 'IsoImage') return [];
  const message = 'ends with .iso; an ISO file needs type: IsoImage, or IMS refuses it (IMG.0122)';
  return [{ path: ['image_url'], message }];
}

/** A value that IMS may refuse (IMG.0056). Only a warning: the cloud's own list counts. */
export function osVersionWarning(value: string): string | undefined {
  const [only, another] = cloudsOf(value);
  if (only !== undefined && another !== undefined) return undefined;
  if (only !== undefined) {
    return `is ${show(value)}, which only ${DIALECTS[only].name} documents (IMG.0056 elsewhere)`;
  }
  const { names, isSame } = similarOs(value);
  const near = names.map(show);
  const words = near.length > 1 ? `${near.slice(0, -1).join(', ')} or ${near.at(-1)}` : near[0];
  const hint = isSame
    ? `did you mean ${words}?`
    : `the nearest ${near.length > 1 ? 'are' : 'is'} ${words}`;
  return `is ${show(value)}, which IMS may not know (IMG.0056)${words === undefined ? '' : `; ${hint}`}`;
}
