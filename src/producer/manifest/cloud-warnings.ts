import {
  ALL_DIALECTS,
  DIALECTS,
  type Dialect,
  type TagText,
} from '../../shared/dialect/dialect.ts';
import type { ImageRequest, ImageTag } from '../../shared/image/image-request.ts';
import type { Path } from './issue.ts';

/** What one of the two clouds takes and the other one refuses; the path begins at the image. */
export interface CloudWarning {
  readonly path: Path;
  readonly message: string;
}

/** Offline nobody knows for which cloud a manifest is: what either takes is accepted, and it is said which. */
export function cloudWarnings(image: ImageRequest): readonly CloudWarning[] {
  const tags = image.tags ?? [];
  return [
    ...diskWarning(image),
    ...tagWarnings(tags),
    ...windowsWarning(image),
    ...isoWarning(image),
  ];
}

function named(dialects: readonly Dialect[]): string {
  return dialects.map((dialect) => DIALECTS[dialect].name).join(' and ');
}

/** The clouds that take it, where not all do. */
function takers(takes: (dialect: Dialect) => boolean): readonly Dialect[] | undefined {
  const all = ALL_DIALECTS.filter(takes);
  return all.length === ALL_DIALECTS.length ? undefined : all;
}

function diskWarning({ kind, min_disk, os_type, os_version }: ImageRequest): CloudWarning[] {
  const system = os_type === 'Windows' || isWindows(os_version) ? 'Windows' : 'Linux';
  const what = kind === 'data' ? 'data' : system;
  const range = (dialect: Dialect) => DIALECTS[dialect].minDisk[what];
  const all = takers((dialect) => {
    const [least, most] = range(dialect);
    return min_disk >= least && min_disk <= most;
  });
  if (all === undefined) return [];
  const ranges = ALL_DIALECTS.map(
    (one) => `${DIALECTS[one].name} takes ${range(one).join(' to ')}`,
  );
  return [{ path: ['min_disk'], message: `is ${min_disk}; ${ranges.join(', ')} GB` }];
}

function tagWarnings(tags: readonly ImageTag[]): CloudWarning[] {
  if (tags.length === 0) return [];
  const field = ['tags'];
  const byNumber = takers((dialect) => tags.length < DIALECTS[dialect].tags.most);
  if (byNumber !== undefined) {
    const most = ALL_DIALECTS.map((one) => `${DIALECTS[one].name} ${DIALECTS[one].tags.most - 1}`);
    const message = `has ${tags.length} tags, which only ${named(byNumber)} takes; beside our marker: ${most.join(', ')}`;
    return [{ path: field, message }];
  }
  for (const { key, value } of tags) {
    const all = takers((dialect) => {
      const { key: ofKey, value: ofValue } = DIALECTS[dialect].tags;
      return fits(key, ofKey) && fits(value, ofValue);
    });
    if (all === undefined) continue;
    const message = `has the tag ${JSON.stringify(key)}, which only ${named(all)} takes (IMG.0115 elsewhere)`;
    return [{ path: field, message }];
  }
  return [];
}

function fits(text: string, { most, allowed }: TagText): boolean {
  const characters = [...text];
  return characters.length <= most && characters.every((one) => allowed.test(one));
}

function isWindows(osVersion: string | undefined): boolean {
  return osVersion?.startsWith('Windows') ?? false;
}

function windowsWarning({ os_type, os_version }: ImageRequest): CloudWarning[] {
  if (os_type !== 'Windows' && !isWindows(os_version)) return [];
  const refusing = ALL_DIALECTS.filter((dialect) => DIALECTS[dialect].refusesWindows);
  const message = `is Windows; newer pages of ${named(refusing)} say that it imports none any more`;
  return [{ path: [os_version === undefined ? 'os_type' : 'os_version'], message }];
}

/** Both clouds refuse it, but only the file itself tells for sure what it is. */
function isoWarning({ image_url, type }: ImageRequest): CloudWarning[] {
  if (!/\.iso$/i.test(image_url) || type === 'IsoImage') return [];
  return [
    {
      path: ['image_url'],
      message: 'ends with .iso; an ISO file needs type: IsoImage, or IMS refuses it (IMG.0122)',
    },
  ];
}
