import type { z } from 'zod';
import { UsageError } from '../errors/errors.ts';
import {
  ARCHIVE_VERSION,
  type ArchivedImage,
  type ArchiveHeader,
  footerSchema,
  headerSchema,
  imageSchema,
  type LostImage,
  lostSchema,
} from './archive-format.ts';
import { archiveLines, notOurs } from './archive-lines.ts';

export interface OpenArchive {
  readonly header: ArchiveHeader;
  /** In the manifest's order; ends only when the file was whole. Read once. */
  readonly images: AsyncGenerator<ArchivedImage | LostImage>;
}

/**
 * Opens a file that `archive` has written.
 * @throws UsageError when it is none, is cut off, or a newer version has written it; also while reading
 */
export async function openArchive(path: string): Promise<OpenArchive> {
  const lines = archiveLines(path);
  const first = await lines.next();
  const header = first.done ? undefined : parsed(headerSchema, first.value);
  if (!header) {
    await lines.return(undefined);
    throw notOurs(path, 'its first line is not the header');
  }
  if (header.version > ARCHIVE_VERSION) {
    await lines.return(undefined);
    throw new UsageError(
      `${path} has version ${header.version}, this program reads ${ARCHIVE_VERSION}.`,
      'Use the newer version of ims-ferry that wrote it.',
    );
  }
  return { header, images: imagesOf(path, lines) };
}

async function* imagesOf(
  path: string,
  lines: AsyncGenerator<string>,
): AsyncGenerator<ArchivedImage | LostImage> {
  let number = 1;
  let images: number | undefined;
  for await (const line of lines) {
    number += 1;
    if (images !== undefined) throw notOurs(path, 'something stands behind its last line');
    const image = parsed(imageSchema, line) ?? parsed(lostSchema, line);
    if (image) yield image;
    else {
      images = parsed(footerSchema, line)?.images;
      if (images === undefined) throw notOurs(path, `line ${number} makes no sense`);
      if (images !== number - 2) throw notOurs(path, `it should hold ${images} images`);
    }
  }
  if (images === undefined) throw notOurs(path, 'its last line is missing');
}

function parsed<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
