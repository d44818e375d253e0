import { COPY_TAG_KEY, type ImportKey, MARKER_TAG_KEY } from '../../image/import-key.ts';
import { changeTags } from './change-image.ts';
import type { WriteAnswer, Writer } from './ims-writer.ts';

/** A copy, and the import whose image it copies. */
interface Copied {
  readonly imageId: string;
  readonly key: ImportKey;
  readonly source: ImportKey;
}

/**
 * Gives a copy its own tag, and takes the marker of its source from it, which IMS may have copied along. The
 * other way round an image that has as many tags as it may have would get no further one.
 */
export async function tagCopy(
  writer: Writer,
  { imageId, key, source }: Copied,
): Promise<WriteAnswer> {
  const taken = await changeTags(writer, imageId, {
    action: 'delete',
    tags: [{ key: MARKER_TAG_KEY, value: source }],
  });
  const isOver = taken.kind === 'ok' || taken.kind === 'not-found';
  if (!isOver) return taken;
  return changeTags(writer, imageId, {
    action: 'create',
    tags: [{ key: COPY_TAG_KEY, value: key }],
  });
}
