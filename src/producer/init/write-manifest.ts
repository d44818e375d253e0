import type { ListedObject } from '../../shared/cloud/obs/bucket-page.ts';
import type { DiskFile } from '../../shared/disk-file/disk-file.ts';
import { IMAGE_URL, isImageFile, LIMITS } from '../../shared/image/image-fields.ts';
import { AUTO_DISK } from '../../shared/image/image-request.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { findingText } from '../plan/check-sources.ts';
import { diskGb } from '../plan/disk-size.ts';
import { judgeFile } from '../plan/judge-file.ts';
import { objectVerdict } from '../plan/object-verdict.ts';
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
  /** Gigabytes, at least. @default what the header of each file says, else a guess from its size */
  readonly minDisk?: number;
  /** What the headers say that could be read, by key. */
  readonly files?: ReadonlyMap<string, DiskFile>;
  /** The smallest system disk of the cloud, in gigabytes. @default 1 */
  readonly leastDisk?: number;
}

/** Many tools write RAW or QCOW2 into such a file. */
const IMG_COMMENT = [
  '  # .img can be any format: `qemu-img info` shows it. It must be one that IMS imports.',
  '  # Set min_disk to the virtual size it shows; quick_import needs a name that ends with .raw or .zvhd2.',
];
const GB = 1024 ** 3;
/** Of a file whose header could not be read: most are smaller than the disks in them. */
const LEAST_GB = 40;

/** A manifest to start from, with an entry for every object that looks like an image; pure. */
export function writeManifest(
  objects: readonly ListedObject[],
  options: NewManifestOptions,
): NewManifest {
  const names = new Set<string>();
  const entries: string[] = [];
  const skipped: string[] = [];
  let images = 0;
  for (const object of objects) {
    const why = skipReasonOf(object, options.bucket);
    if (why !== undefined) {
      skipped.push(`${options.bucket}:${object.key} ${why}`);
      continue;
    }
    const written = entry(object, options, imageName(object.key, names));
    const fault = faultOf(object, options);
    if (fault === undefined) images += 1;
    else skipped.push(`${options.bucket}:${object.key}: ${fault}`);
    entries.push(fault === undefined ? written : commentedOut(written, fault));
  }
  const header = `# yaml-language-server: $schema=${options.schema}`;
  const text = [header, REVIEW, `count: ${images}`, 'images:', ...entries, ''].join('\n');
  return { text, images, skipped };
}

const REVIEW =
  '# Generated from the objects of a bucket. Review it, above all min_disk and os_version.';

function skipReasonOf({ key }: ListedObject, bucket: string): string | undefined {
  if (key.endsWith('/')) return 'is a folder';
  if (!isImageFile(key)) return 'does not end like an image file';
  if (!IMAGE_URL.test(`${bucket}:${key}`)) return 'has a name that IMS does not accept (IMG.0175)';
  return undefined;
}

/** Why it cannot be imported, by what is listed of it and by its header. */
function faultOf(object: ListedObject, { files }: NewManifestOptions): string | undefined {
  const verdict = objectVerdict({ kind: 'found', ...object }, false);
  if (verdict.state === 'bad') return verdict.message;
  const file = files?.get(object.key);
  if (!file) return undefined;
  const type = isIso(object.key) ? ({ type: 'IsoImage' } as const) : {};
  const declared = {
    at: '',
    kind: 'system',
    isQuick: false,
    min_disk: AUTO_DISK,
    ...type,
  } as const;
  const findings = judgeFile(file, { ...declared, key: object.key });
  const errors = findings.filter(({ severity }) => severity === 'error');
  return errors.length === 0 ? undefined : errors.map(findingText).join('; ');
}

function commentedOut(entry: string, fault: string): string {
  const isComment = /^ *#/;
  const lines = entry.split('\n').filter((line) => !isComment.test(line));
  const why = `  # IMS would refuse this one: ${escapeText(fault)}`;
  return [why, ...lines.map((line) => `  # ${line.slice(2).replace(/ # .*/, '')}`)].join('\n');
}

function isIso(key: string): boolean {
  return /\.iso$/i.test(key);
}

function entry(object: ListedObject, options: NewManifestOptions, name: string): string {
  const { key } = object;
  const { bucket, files } = options;
  const file = files?.get(key);
  return [
    ...(/\.ova$/i.test(key) ? ['  # An OVA: IMS makes an image from each disk in it.'] : []),
    ...(/\.img$/i.test(key) && !file ? IMG_COMMENT : []),
    `  - name: ${JSON.stringify(name)}`,
    `    image_url: ${JSON.stringify(`${bucket}:${key}`)}`,
    `    min_disk: ${diskOf(object, options)}`,
    ...(isIso(key)
      ? ['    type: IsoImage', '    os_version: Other Linux(64 bit) # a name that IMS lists']
      : ['    # os_version: Ubuntu 22.04 server 64bit']),
    ...(file?.isUefi && file.isBios !== true && !isIso(key) ? ['    hw_firmware_type: uefi'] : []),
  ].join('\n');
}

/** The number, and where it comes from. */
function diskOf({ key, size }: ListedObject, options: NewManifestOptions): string {
  const { minDisk, leastDisk = 1, files } = options;
  const { virtualBytes } = files?.get(key) ?? {};
  if (virtualBytes !== undefined && !isIso(key)) {
    const gigabytes = Math.max(diskGb(virtualBytes), minDisk ?? leastDisk);
    return `${gigabytes} # the disk in it has ${sizeText(virtualBytes).replace('.0 ', ' ')}`;
  }
  if (minDisk !== undefined) return String(minDisk);
  const guess = Math.min(LIMITS.systemDiskGb, Math.max(LEAST_GB, Math.ceil(size / GB)));
  return `${guess} # at least the size of the disk in it; the file has ${sizeText(size)}`;
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
  if (bytes >= GB) {
    const text = (bytes / GB).toFixed(1);
    // A little more than a whole number needs the next one: that has to be seen.
    const isMore = Number(text) < bytes / GB && text.endsWith('.0');
    return `${isMore ? (Math.ceil((bytes / GB) * 1000) / 1000).toFixed(3) : text} GB`;
  }
  return `${Math.max(1, Math.round(bytes / 1024 ** 2))} MB`;
}
