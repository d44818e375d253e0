import { randomUUID } from 'node:crypto';
import { link, stat, unlink, writeFile } from 'node:fs/promises';
import { listObjects, unreadObjects } from '../producer/expand/list-objects.ts';
import { writeManifest } from '../producer/init/write-manifest.ts';
import type { ListedObject } from '../shared/cloud/obs/obs-client.ts';
import { loadConfig } from '../shared/config/load-config.ts';
import { ConfigError, EXIT, type ExitCode, UsageError } from '../shared/errors/errors.ts';
import { writeAnywhere } from '../shared/files/write-anywhere.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { withObs } from './expand-patterns.ts';
import type { Io } from './io.ts';

export interface InitOptions {
  readonly bucket: string;
  readonly prefix: string;
  readonly minDisk?: number;
  /** @default standard output */
  readonly output?: string;
}

/** As many reasons are listed. */
const MOST_LISTED = 20;

/** `init --bucket B`: writes a manifest to start from. Overwrites nothing. */
export async function init(options: InitOptions, io: Io): Promise<ExitCode> {
  const { bucket, prefix, minDisk, output } = options;
  const objects: ListedObject[] = [];
  let unread = 0;
  const onUnread = (count: number): void => {
    unread += count;
  };
  await withObs({ env: io.env, cloud: loadConfig(io.env).cloud }, async (obs) => {
    if (!obs) {
      throw new ConfigError(
        ['OS_ACCESS_KEY and OS_SECRET_KEY are not set.'],
        'Set them to list buckets.',
      );
    }
    const listed = listObjects({ bucket, prefix, list: obs.list, onUnread });
    for await (const object of listed) objects.push(object);
  });
  const wish = minDisk === undefined ? { bucket } : { bucket, minDisk };
  const { text, images, skipped } = writeManifest(objects, wish);
  for (const line of skipped.slice(0, MOST_LISTED)) io.err(`Left out: ${escapeText(line)}`);
  if (skipped.length > MOST_LISTED) io.err(`Left out: ${skipped.length - MOST_LISTED} more`);
  if (unread > 0) io.err(`Left out: ${unreadObjects(unread, bucket)}`);
  if (images === 0) {
    const where = `${bucket}:${prefix}`;
    throw new UsageError(
      `None of the ${objects.length} objects that begin with ${where} looks like an image.`,
      'Check --bucket and --prefix.',
    );
  }
  if (output === undefined || output === '-') io.out(text.trimEnd());
  else await writeNew(output, text);
  io.err(
    `${images} images. Look through it, then: ims-ferry plan ${output === undefined || output === '-' ? 'FILE' : output}`,
  );
  return EXIT.ok;
}

/** The whole file, or none; never in the place of another. A pipe or a device is written through. */
async function writeNew(path: string, text: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile() && !there.isDirectory()) {
    await writeAnywhere(path, [text], { random: systemRandom });
    return;
  }
  const draft = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await link(draft, path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why =
      code === 'EEXIST' ? 'is there already; it is not overwritten' : `cannot be written (${code})`;
    throw new UsageError(`${path} ${why}.`, 'Name another file with --output.');
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}
