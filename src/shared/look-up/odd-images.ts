import type { OddImage } from '../cloud/ims/ims-answers.ts';
import { isDead } from '../image/image-fields.ts';
import type { ImportKey } from '../image/import-key.ts';
import type { Unsure } from './judge-unmarked.ts';
import { comesFrom, mayBeOf, type Wanted } from './match-found.ts';

/**
 * True where an image that cannot be read may be that of an import: what can be read of it does not speak
 * against that, and something speaks for it. Where our marker was asked for, the answer itself does.
 */
export function mayBeOurs(odd: OddImage, wanted: Wanted, isByMarker: boolean): boolean {
  const { image, markers, isMarked } = odd;
  if (!mayBeAlive(odd, wanted.projectId)) return false;
  if (markers.length > 0) return markers.includes(wanted.key);
  const isNamed = image.name !== '';
  if (isNamed && image.name !== wanted.name) return false;
  if (isMarked || (isByMarker && !canRead(odd, 'tags'))) return true;
  const isFromIt = comesFrom(image.dataOrigin, wanted.imageUrl);
  if (canRead(odd, '__data_origin') ? !isFromIt : !isNamed) return false;
  return mayBeOf(image, wanted.intentAt);
}

function canRead({ fields }: OddImage, field: string): boolean {
  return !fields.includes(field);
}

function mayBeAlive(odd: OddImage, projectId: string): boolean {
  const { owner, status } = odd.image;
  const isOthers = canRead(odd, 'owner') && owner !== projectId;
  return !isOthers && !(canRead(odd, 'status') && isDead(status));
}

/** As what a person has to compare. */
export function unsureOf({ image, fields }: OddImage): Unsure {
  return { image, why: `it cannot be read in the list (${fields.join(', ')})` };
}

/** What our marker in images that cannot be read says before anything is created. */
export interface Marks {
  /** Imports that one of them names. */
  readonly keys: ReadonlyMap<ImportKey, OddImage>;
  /** Marked, and nobody can tell for which import. */
  readonly nobodys: readonly OddImage[];
}

export function marksIn(odd: readonly OddImage[], projectId: string): Marks {
  const ours = odd.filter((one) => one.isMarked && mayBeAlive(one, projectId));
  const keys = ours.flatMap((one) => one.markers.map((key) => [key, one] as const));
  return { keys: new Map(keys), nobodys: ours.filter(({ markers }) => markers.length === 0) };
}
