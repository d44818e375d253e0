import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { z } from 'zod';
import { codeOf } from '../errors/error-code.ts';
import { UsageError } from '../errors/errors.ts';
import { parseJson } from '../text/parse-json.ts';
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

interface OpenArchive {
  readonly header: ArchiveHeader;
  /** In the manifest's order; ends only when the file was complete. Can be read once. */
  readonly images: AsyncGenerator<ArchivedImage | LostImage>;
}

/**
 * Opens a file that `archive` has written.
 * @throws UsageError when it is no archive, is cut off, or a newer version has written it; also while reading
 */
export async function openArchive(path: string): Promise<OpenArchive> {
  const lines = archiveLines(path);
  const header = await headerOf(path, lines);
  return { header, images: imagesOf(path, lines) };
}

/**
 * The first line of such a file; the rest is not read.
 * @throws UsageError as `openArchive`
 */
export async function readHeader(path: string): Promise<ArchiveHeader> {
  const lines = archiveLines(path);
  const header = await headerOf(path, lines);
  await lines.return(undefined);
  return header;
}

async function headerOf(path: string, lines: AsyncGenerator<string>): Promise<ArchiveHeader> {
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
  return header;
}

async function* imagesOf(
  path: string,
  lines: AsyncGenerator<string>,
): AsyncGenerator<ArchivedImage | LostImage> {
  let number = 1;
  let images: number | undefined;
  for await (const line of lines) {
    number += 1;
    if (images !== undefined) throw notOurs(path, 'something follows its last line');
    const image = parsed(imageSchema, line) ?? parsed(lostSchema, line);
    if (image) yield image;
    else {
      images = parsed(footerSchema, line)?.images;
      if (images === undefined) throw notOurs(path, `line ${number} makes no sense`);
      if (images !== number - 2) throw notOurs(path, `its number of images should be ${images}`);
    }
  }
  if (images === undefined) throw notOurs(path, 'its last line is missing');
}

function parsed<T>(schema: z.ZodType<T>, line: string): T | undefined {
  return schema.safeParse(parseJson(line)).data;
}

/** Far more than any line of ours: a request of 64 KB and a story of 4 KB. */
const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * The lines of a compressed file, one by one, however many there are.
 * @throws UsageError when it cannot be read, is no gzip, or is cut off
 */
async function* archiveLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const text = createGunzip().setEncoding('utf8');
  file.once('error', (error) => text.destroy(error));
  file.pipe(text);
  let rest = '';
  try {
    for await (const piece of text as AsyncIterable<string>) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) throw notOurs(path, 'a line has no end');
      yield* lines;
    }
  } catch (error) {
    throw error instanceof UsageError ? error : unread(path, error);
  } finally {
    file.destroy();
    text.destroy();
  }
  if (rest !== '') throw notOurs(path, 'it is cut off');
}

function notOurs(path: string, what: string): UsageError {
  return new UsageError(
    `${path} is not a complete archive of ims-ferry: ${what}.`,
    'Name a file that ims-ferry archive has written.',
  );
}

function unread(path: string, error: unknown): UsageError {
  const code = codeOf(error) ?? 'error';
  if (code.startsWith('Z_')) return notOurs(path, `it cannot be unpacked (${code})`);
  return new UsageError(`${path} cannot be read (${code}).`, 'Name a file that exists.');
}
