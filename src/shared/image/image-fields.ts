/** What IMS and OBS document about images: patterns, words and limits of fields, file names, statuses. */

/** IMS: letters, digits, - . _ and space; Huawei also allows Chinese. No space at an edge. */
export const NAME =
  /^[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff._-](?:[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff._ -]*[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff._-])?$/;

/** Ours: names of images with `*` and `?`. One letter or digit at least: a family is never every image. */
export const FAMILY =
  /^(?=[*?._ -]*[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff])[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff*?._ -]{1,128}$/;

/** Ours: it becomes a part of Redis keys and file names. */
export const BATCH_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._ -]{0,98}[A-Za-z0-9._-])?$/;
/** An entry of clouds.yaml, as a part of a key in Redis. */
export const CLOUD_NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** A target of notifications; also written as in the name of its setting. */
export const NOTIFY_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;

/** Characters that an object key cannot have: spaces (IMG.0175), patterns, templates, invisible ones. */
export const BAD_OBJECT_CHARACTER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  /[\s\\*?$`{}\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]/;

/** OBS: 3 to 63 of a-z 0-9 - . , no . next to . or -, not an IP address. */
const BUCKET =
  '(?![^:]*(?:\\.\\.|\\.-|-\\.))(?!\\d{1,3}(?:\\.\\d{1,3}){3}:)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]';
export const BUCKET_NAME =
  /^(?!.*(?:\.\.|\.-|-\.))(?!\d{1,3}(?:\.\d{1,3}){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** OBS: at most 1024 characters. No leading slash, no folder alone, no `..`, no user:pass@. */
const OBJECT = [
  '(?!\\/)(?!.*\\/$)(?!(?:.*\\/)?\\.{1,2}(?:\\/|$))(?![^/@]*@[^/:]*:)',
  `${BAD_OBJECT_CHARACTER.source.replace('[', '[^')}{1,1024}`,
].join('');
/** An object of a bucket that is named elsewhere. A colon in it comes after a slash. */
export const OBJECT_KEY = new RegExp(`^(?![^/]*:)${OBJECT}$`);
/** `bucket:object`, split at the first colon. */
export const IMAGE_URL = new RegExp(`^${BUCKET}:${OBJECT}$`);

/** IMS: no line breaks, no < and >. Ours: no templates, no URL with a password, no marker of a copy. */
export const DESCRIPTION =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  /^(?!.*(?:\$\{|\{\{|\[imsferry-copy:))(?!.*:\/\/[^\s/@:]*:[^\s/@]*@)[^<>\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]*$/;

/** IMS: printable, such as `Other Linux(64 bit)`. */
export const OS_VERSION = /^(?!.*(?:\$\{|\{\{))[!-~](?:[ -~]*[!-~])?$/;

/**
 * Huawei takes more than OTC; `cloud-warnings.ts` warns of what only one of them takes. IMS cuts off spaces
 * at the edges. No `=`: IMS stores key and value with `=` between them.
 */
export const TAG_KEY = /^(?! )[\p{L}\p{N} _.:+@-]{1,128}(?<! )$/u;
export const TAG_VALUE = /^(?:(?! )[\p{L}\p{N} _.:+@/-]{1,255}(?<! ))?$/u;
/** IMS: the first dot splits, later ones belong to the value; without a dot the value is empty. */
export const TAG =
  /^(?! )[\p{L}\p{N} _:+@-]{1,128}(?<! )(?:\.(?:(?! )[\p{L}\p{N} _.:+@/-]{1,255}(?<! ))?)?$/u;

export const UUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** IAM: 32 hexadecimal digits; other clouds of OpenStack have UUIDs. */
export const PROJECT_ID =
  /^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$/;

/** IMS, in a list request: every enterprise project that the user has rights in. */
export const ALL_ENTERPRISE_PROJECTS = 'all_granted_eps';

/** IMS fast import: RAW and ZVHD2 only (IMG.0158). */
export const QUICK_FILE = /\.(?:raw|zvhd2)$/i;

/** IMS: an agency of IAM. */
export const AGENCY_NAME = /^[A-Za-z0-9._-]{1,64}$/;
/** IAM: `REGION` or `REGION_NAME`. */
export const PROJECT_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** The most that IMS, OBS (bucket, object) and BullMQ (priority) take; copy, images, copies, batchName and retention are ours. */
export const LIMITS = {
  name: 128,
  batchName: 100,
  bucket: 63,
  object: 1024,
  description: 1024,
  osVersion: 128,
  /** IMS: system disks and fast imports 1 to 1024 GB. */
  systemDiskGb: 1024,
  dataDiskGb: 2048,
  /** Of Huawei. On OTC a tag's key has at most 36 characters, and its value 43. */
  tagKey: 128,
  tagValue: 255,
  /** At most 20 tags per image, on OTC 10; our marker is one of them. */
  tags: 19,
  /** Data disks imported along carry no marker. */
  dataImageTags: 20,
  dataImages: 3,
  /** Projects that an image is shared with. */
  members: 256,
  /** Ours: of one image. */
  copies: 10,
  /** 64 TB: more than any server has. */
  ramMb: 67_108_864,
  copy: 1_000_000,
  priority: 2_097_152,
  images: 200_000,
  retentionRules: 1000,
  keepLast: 10_000,
} as const;

/** IMS: the words of its enumerations. */
export const WORDS = {
  kind: ['system', 'data'],
  os_type: ['Linux', 'Windows', 'Other'],
  type: ['ECS', 'FusionCompute', 'BMS', 'Ironic', 'IsoImage', 'DataImage'],
  hw_firmware_type: ['bios', 'uefi'],
  architecture: ['x86', 'arm'],
  license_type: ['platform', 'byol'],
} as const;

/** IMS: the first dot splits. */
export function splitTag(tag: string): { key: string; value: string } {
  const dot = tag.indexOf('.');
  return dot < 0 ? { key: tag, value: '' } : { key: tag.slice(0, dot), value: tag.slice(dot + 1) };
}

/** IMS: formats of a normal import. An OVA contains several images; `.img` does not say what it contains. */
const IMAGE_FILE = /\.(?:vmdk|vhdx?|qcow2?|raw|qed|vdi|zvhd2?|iso|ova|img)$/i;
/** An ending contains a letter: `ubuntu-22.04` has none. */
const FILE_ENDING = /\.(?:7z|[a-z][a-z0-9]{0,9})$/i;
/** A piece of an image, or a copy that an editor keeps. */
const PIECE = /(?<=\.(?:vmdk|vhdx?|qcow2?|raw|qed|vdi|zvhd2?|iso|ova|img))(?:\.\d+|~)$/i;
/** Files without an ending that lie beside images. */
const NO_IMAGE = /^(?:[a-z0-9]*sums?|checksums?|readme|license|manifest|index)$/i;

export function isImageFile(key: string): boolean {
  return IMAGE_FILE.test(key);
}

/** The part of an object's name that shows that it is not an image: `.gz`, `SHA256SUMS`; or `undefined`. */
export function unlikeImage(key: string): string | undefined {
  if (isImageFile(key)) return undefined;
  const file = key.slice(Math.max(key.lastIndexOf('/'), key.indexOf(':')) + 1);
  return FILE_ENDING.exec(file)?.[0] ?? PIECE.exec(file)?.[0] ?? NO_IMAGE.exec(file)?.[0];
}

/**
 * IMS: `queued`, `saving`, `active`, `killed`, `deleted`; Glance also `importing`, `uploading`, `deactivated`,
 * `pending_delete`. Only these three mean that there is no image and never will be. Any other status,
 * even an undocumented one, is that of an image that exists or is being made.
 */
const DEAD_STATUS = new Set(['killed', 'deleted', 'pending_delete']);
/** Glance: only an image that was active can be deactivated, so its import is done. */
const DONE_STATUS = new Set(['active', 'deactivated']);

export function isDead(status: string): boolean {
  return DEAD_STATUS.has(status);
}

/** Its import has ended. */
export function isDone(status: string): boolean {
  return DONE_STATUS.has(status);
}

export function isInCreation(status: string): boolean {
  return !isDead(status) && !isDone(status);
}
