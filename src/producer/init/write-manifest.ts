import type { ListedObject } from '../../shared/cloud/obs/obs-client.ts';
import { isImageFile } from '../../shared/image/file-endings.ts';
import { IMAGE_URL, LIMITS } from '../../shared/image/image-fields.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { basenameOf } from '../expand/match-objects.ts';
import { sourceVerdict } from '../plan/source-verdict.ts';
import { imageName } from './image-name.ts';

export interface NewManifest {
  readonly text: string;
  readonly images: number;
  /** Objects that were left out, and why. */
  readonly skipped: readonly string[];
}

export interface ManifestWish {
  readonly bucket: string;
  /** Gigabytes; else a guess from the size of each file. */
  readonly minDisk?: number;
}

/** Many builds write RAW or QCOW2 into it. */
const IMG_COMMENT = [
  '  # .img does not say which format it is; `qemu-img info` does: it should be one that IMS imports.',
  '  # Set min_disk to the virtual size that it shows; for quick_import the name has to end with .raw or .zvhd2',
];
const GB = 1024 ** 3;
/** Files are smaller than the disks in them, mostly. */
const LEAST_GB = 40;

/** A manifest to start from: an entry for every object that looks like an image; pure. */
export function writeManifest(objects: readonly ListedObject[], wish: ManifestWish): NewManifest {
  const names = new Set<string>();
  const entries: string[] = [];
  const skipped: string[] = [];
  for (const object of objects) {
    const why = skipReasonOf(object, wish.bucket);
    if (why !== undefined) skipped.push(`${wish.bucket}:${object.key} ${why}`);
    else entries.push(entry(object, wish, imageName(basenameOf(object.key), names)));
  }
  return {
    text: [...header(entries.length), ...entries, ''].join('\n'),
    images: entries.length,
    skipped,
  };
}

function header(images: number): readonly string[] {
  return [
    '# yaml-language-server: $schema=./manifest.schema.json',
    '# Written from the list of a bucket: look through it, above all min_disk and os_version.',
    `count: ${images}`,
    'images:',
  ];
}

function skipReasonOf({ key, size }: ListedObject, bucket: string): string | undefined {
  if (key.endsWith('/')) return 'is a folder';
  if (!isImageFile(key)) return 'does not end like an image';
  if (size === 0) return 'is empty';
  if (!IMAGE_URL.test(`${bucket}:${key}`)) return 'has a name that IMS does not take (IMG.0175)';
  return undefined;
}

function entry(object: ListedObject, { bucket, minDisk }: ManifestWish, name: string): string {
  const { key, size, storageClass } = object;
  const guess = Math.min(LIMITS.systemDiskGb, Math.max(LEAST_GB, Math.ceil(size / GB)));
  const isIso = /\.iso$/i.test(key);
  const verdict = sourceVerdict({ kind: 'found', size, storageClass }, false);
  return [
    ...(verdict.state === 'good'
      ? []
      : [`  # IMS would refuse it: ${escapeText(verdict.message)}`]),
    ...(/\.ova$/i.test(key) ? ['  # An OVA: IMS makes an image of each disk in it'] : []),
    ...(/\.img$/i.test(key) ? IMG_COMMENT : []),
    `  - name: ${JSON.stringify(name)}`,
    `    image_url: ${JSON.stringify(`${bucket}:${key}`)}`,
    minDisk === undefined
      ? `    min_disk: ${guess} # the file has ${sizeText(size)}: at least the size of the disk in it`
      : `    min_disk: ${minDisk}`,
    ...(isIso
      ? ['    type: IsoImage', '    os_version: Other Linux(64 bit) # as IMS lists it']
      : ['    # os_version: Ubuntu 22.04 server 64bit']),
  ].join('\n');
}

function sizeText(bytes: number): string {
  if (bytes >= GB) return `${(bytes / GB).toFixed(1)} GB`;
  return `${Math.max(1, Math.round(bytes / 1024 ** 2))} MB`;
}
