import { randomUUID } from 'node:crypto';
import { link, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { listObjects, unreadObjects } from '../../producer/expand/list-objects.ts';
import { writeManifest } from '../../producer/init/write-manifest.ts';
import { FILES_AT_ONCE } from '../../producer/plan/check-sources.ts';
import { objectVerdict } from '../../producer/plan/object-verdict.ts';
import type { ListedObject } from '../../shared/cloud/obs/bucket-page.ts';
import { diskRange } from '../../shared/dialect/disk-range.ts';
import type { DiskFile } from '../../shared/disk-file/disk-file.ts';
import { codeOf } from '../../shared/errors/error-code.ts';
import { ConfigError, EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { writeAnywhere } from '../../shared/files/write-file.ts';
import { isImageFile } from '../../shared/image/image-fields.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { packageFile } from '../../shared/runtime/package-file.ts';
import { systemRandom } from '../../shared/runtime/random.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { type CommandContext, wholeNumber } from '../command.ts';
import { countImages } from '../describe.ts';
import { type Io, progressLine } from '../io.ts';
import { envOf } from '../open/open-ledger.ts';
import { dialectFor, headersRead, withSources } from '../submit/sources.ts';

interface InitFlags {
  readonly bucket: string;
  readonly prefix: string;
  readonly minDisk?: number;
  readonly output?: string;
}

export function initCommand(command: Command, { io, run }: CommandContext): void {
  command
    .requiredOption('--bucket <bucket>', 'bucket to list')
    .option('--prefix <prefix>', 'only objects whose name begins with this', '')
    .option(
      '--min-disk <gb>',
      'least min_disk of all images (default: the size of the disk in each)',
      wholeNumber,
    )
    .option('--output <file>', 'write a new file; - is stdout (default: stdout)')
    .action((flags: InitFlags) => run(init(flags, io)));
}

const MOST_LISTED = 20;

/** Writes a first manifest; never overwrites a file. */
async function init({ bucket, prefix, minDisk, output }: InitFlags, io: Io): Promise<ExitCode> {
  const { objects, unread, ...known } = await readBucket(bucket, prefix, io);
  const file = output === '-' ? undefined : output;
  const options = { bucket, minDisk, schema: schemaReference(file), ...known };
  const { text, images, skipped } = writeManifest(objects, omitUndefined(options));
  for (const line of skipped.slice(0, MOST_LISTED)) io.err(`Skipped: ${escapeText(line)}`);
  if (skipped.length > MOST_LISTED) io.err(`Skipped: ${skipped.length - MOST_LISTED} more`);
  if (unread > 0) io.err(`Skipped: ${unreadObjects(unread, bucket)}`);
  if (images === 0) {
    throw new UsageError(nothingIn(bucket, prefix, objects.length), 'Check --bucket and --prefix.');
  }
  if (file === undefined) io.out(text.trimEnd());
  else await writeNew(file, text);
  io.err(
    `${countImages(images)}. Review the manifest, then run: ims-ferry plan ${file === undefined ? 'FILE' : shellQuoted(file)}`,
  );
  return EXIT.ok;
}

function nothingIn(bucket: string, prefix: string, objects: number): string {
  const what = prefix === '' ? '' : ` that begins with ${prefix}`;
  return objects === 0
    ? `Bucket ${bucket} has no object${what}.`
    : `Bucket ${bucket} has no object${what} and can be imported; it has ${objects} others.`;
}

/** The JSON Schema of this installation: by a path where it lies in the same project, which may move. */
export function schemaReference(file: string | undefined): string {
  const schema = packageFile('manifests/manifest.schema.json');
  const isHere = (path: string): boolean => !/^\.\.(?:[\\/]|$)/.test(relative('.', path));
  return file !== undefined && isHere(file) && isHere(schema) && !/\s/.test(relative('.', schema))
    ? relative(dirname(file), schema)
    : pathToFileURL(schema).href;
}

/** The objects of a bucket, and what the headers of those say that look like images. */
function readBucket(bucket: string, prefix: string, io: Io) {
  const { config } = envOf(io);
  return withSources({ config, io }, async (sources) => {
    if (!sources) {
      throw new ConfigError(
        ['OS_ACCESS_KEY and OS_SECRET_KEY are not set.'],
        'Set them to list buckets.',
      );
    }
    const objects: ListedObject[] = [];
    let unread = 0;
    const onUnread = (count: number): void => {
      unread += count;
    };
    const listed = listObjects({ bucket, prefix, list: sources.list, onUnread });
    for await (const object of listed) objects.push(object);
    const files = await readHeaders(objects, { bucket, sources, io });
    const dialect = await dialectFor({ env: io.env, cloud: config.cloud });
    const [leastDisk] = diskRange({ kind: 'system' }, dialect);
    return { objects, unread, files, leastDisk };
  });
}

interface Reading {
  readonly bucket: string;
  readonly sources: SourceFiles;
  readonly io: Io;
}

/** By key; without those that cannot be read. */
async function readHeaders(
  objects: readonly ListedObject[],
  { bucket, sources, io }: Reading,
): Promise<ReadonlyMap<string, DiskFile>> {
  const files = new Map<string, DiskFile>();
  const readable = objects.filter(
    (object) =>
      isImageFile(object.key) &&
      objectVerdict({ kind: 'found', ...object }, false).state === 'good',
  );
  const line = progressLine(io, systemClock, false);
  const onProgress = headersRead(line, readable.length);
  const work = async (object: ListedObject): Promise<void> => {
    const header = await sources.header(bucket, object.key, object);
    if (header.kind === 'read') files.set(object.key, header.file);
  };
  await inParallel(readable, work, { atOnce: FILES_AT_ONCE, onProgress });
  line.end();
  return files;
}

/** Writes a whole new file, or nothing. A pipe or a device is written to. */
async function writeNew(path: string, text: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing && !existing.isFile() && !existing.isDirectory()) {
    await writeAnywhere(path, [text], { random: systemRandom });
    return;
  }
  const draft = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await link(draft, path);
  } catch (error) {
    const code = codeOf(error) ?? '';
    const why =
      code === 'EEXIST' ? 'already exists and is not overwritten' : `cannot be written (${code})`;
    throw new UsageError(`${path} ${why}.`, 'Choose another file with --output.');
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}
