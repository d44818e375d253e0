import type { ListedObject } from '../../shared/cloud/obs/bucket-page.ts';
import { IMAGE_URL, isImageFile, LIMITS } from '../../shared/image/image-fields.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { sourceVerdict } from '../plan/check-sources.ts';
import { nameOfFile } from '../spelling/name-of-file.ts';

interface NewManifest {
  readonly text: string;
  readonly images: number;
  /** Objects that were skipped, and why. */
  readonly skipped: readonly string[];
}

interface NewManifestOptions {
  readonly bucket: string;
  /** Where an editor finds the JSON Schema: a URL, or a path from where the manifest lies. */
  readonly schema: string;
  /** Gigabytes. @default a guess from the size of each file */
  readonly minDisk?: number;
}

/** Many tools write RAW or QCOW2 into such a file. */
const IMG_COMMENT = [
  '  # .img can be any format: `qemu-img info` shows it. It must be one that IMS imports.',
  '  # Set min_disk to the virtual size it shows; quick_import needs a name that ends with .raw or .zvhd2.',
];
const GB = 1024 ** 3;
/** Most files are smaller than the disks in them. */
const LEAST_GB = 40;

/** A manifest to start from, with an entry for every object that looks like an image; pure. */
export function writeManifest(
  objects: readonly ListedObject[],
  options: NewManifestOptions,
): NewManifest {
  const names = new Set<string>();
  const entries: string[] = [];
  const skipped: string[] = [];
  for (const object of objects) {
    const why = skipReasonOf(object, options.bucket);
    if (why !== undefined) skipped.push(`${options.bucket}:${object.key} ${why}`);
    else entries.push(entry(object, options, imageName(object.key, names)));
  }
  const images = entries.length;
  const header = `# yaml-language-server: $schema=${options.schema}`;
  const text = [header, REVIEW, `count: ${images}`, 'images:', ...entries, ''].join('\n');
  return { text, images, skipped };
}

const REVIEW =
  '# Generated from the objects of a bucket. Review it, above all min_disk and os_version.';

function skipReasonOf({ key, size }: ListedObject, bucket: string): string | undefined {
  if (key.endsWith('/')) return 'is a folder';
  if (!isImageFile(key)) return 'does not end like an image file';
  if (size === 0) return 'is empty';
  if (!IMAGE_URL.test(`${bucket}:${key}`)) return 'has a name that IMS does not accept (IMG.0175)';
  return undefined;
}

function entry(
  object: ListedObject,
  { bucket, minDisk }: NewManifestOptions,
  name: string,
): string {
  const { key, size, storageClass } = object;
  const guess = Math.min(LIMITS.systemDiskGb, Math.max(LEAST_GB, Math.ceil(size / GB)));
  const isIso = /\.iso$/i.test(key);
  const verdict = sourceVerdict({ kind: 'found', size, storageClass }, false);
  return [
    ...(verdict.state === 'good'
      ? []
      : [`  # IMS would refuse this one: ${escapeText(verdict.message)}`]),
    ...(/\.ova$/i.test(key) ? ['  # An OVA: IMS makes an image from each disk in it.'] : []),
    ...(/\.img$/i.test(key) ? IMG_COMMENT : []),
    `  - name: ${JSON.stringify(name)}`,
    `    image_url: ${JSON.stringify(`${bucket}:${key}`)}`,
    minDisk === undefined
      ? `    min_disk: ${guess} # at least the size of the disk in it; the file has ${sizeText(size)}`
      : `    min_disk: ${minDisk}`,
    ...(isIso
      ? ['    type: IsoImage', '    os_version: Other Linux(64 bit) # a name that IMS lists']
      : ['    # os_version: Ubuntu 22.04 server 64bit']),
  ].join('\n');
}

/** A name that IMS accepts, made from a file's name; it is added to those that are taken. */
function imageName(key: string, taken: Set<string>): string {
  const base = nameOfFile(key).slice(0, LIMITS.name - 8);
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`;
  taken.add(name);
  return name;
}

function sizeText(bytes: number): string {
  if (bytes >= GB) return `${(bytes / GB).toFixed(1)} GB`;
  return `${Math.max(1, Math.round(bytes / 1024 ** 2))} MB`;
}
