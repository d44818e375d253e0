/** What the fields of an image may hold: patterns, words and limits, each with where it comes from. */

/** IMS: letters, digits, - . _ and space; Huawei also allows Chinese. No space at an edge. */
export const NAME =
  /^[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff._-](?:[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff._ -]*[A-Za-z0-9\u3400-\u4dbf\u4e00-\u9fff._-])?$/;

/** Ours: it becomes a part of Redis keys and file names. */
export const BATCH_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._ -]{0,98}[A-Za-z0-9._-])?$/;
/** An entry of clouds.yaml, as a part of a key in Redis. */
export const CLOUD_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** A character that no object may have: spaces (IMG.0175), patterns, templates, invisible ones. */
export const BAD_OBJECT_CHARACTER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  /[\s\\*?$`{}\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff]/;

/** OBS: 3 to 63 of a-z 0-9 - . , no two of . and - in a row save --, not an IP address. */
const BUCKET =
  '(?![^:]*(?:\\.\\.|\\.-|-\\.))(?!\\d{1,3}(?:\\.\\d{1,3}){3}:)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]';
/** OBS: at most 1024 characters. No leading slash, no folder alone, no `..`, no user:pass@. */
const OBJECT = [
  '(?!\\/)(?!.*\\/$)(?!(?:.*\\/)?\\.{1,2}(?:\\/|$))(?![^/@]*@[^/:]*:)',
  `${BAD_OBJECT_CHARACTER.source.replace('[', '[^')}{1,1024}`,
].join('');
/** `bucket:object`, split at the first colon. */
export const IMAGE_URL = new RegExp(`^${BUCKET}:${OBJECT}$`);

/** IMS: no line breaks, no < and >. Ours: no templates, no URL with a password. */
export const DESCRIPTION =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  /^(?!.*(?:\$\{|\{\{))(?!.*:\/\/[^\s/@:]*:[^\s/@]*@)[^<>\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]*$/;

/** IMS: printable, such as `Other Linux(64 bit)`. */
export const OS_VERSION = /^(?!.*(?:\$\{|\{\{))[!-~](?:[ -~]*[!-~])?$/;

/**
 * Huawei takes more than OTC; what only one of the two takes is warned about. IMS cuts spaces at the edges off.
 * `=` is left out: it parts key and value in what IMS stores.
 */
export const TAG_KEY = /^(?! )[\p{L}\p{N} _.:+@-]{1,128}(?<! )$/u;
export const TAG_VALUE = /^(?:(?! )[\p{L}\p{N} _.:+@/-]{1,255}(?<! ))?$/u;
/** IMS: the first dot splits, later ones belong to the value; no dot is an empty value. */
export const TAG =
  /^(?! )[\p{L}\p{N} _:+@-]{1,128}(?<! )(?:\.(?:(?! )[\p{L}\p{N} _.:+@/-]{1,255}(?<! ))?)?$/u;

export const UUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** IMS: in a list, every enterprise project that the user has rights in. */
export const ALL_ENTERPRISE_PROJECTS = 'all_granted_eps';

/** IMS fast import: RAW and ZVHD2 only (IMG.0158). */
export const QUICK_FILE = /\.(?:raw|zvhd2)$/i;

export const LIMITS = {
  /** IMS: name 1 to 128 characters. */
  name: 128,
  batchName: 100,
  /** OBS: bucket 3 to 63 characters. */
  bucket: 63,
  /** OBS: object key at most 1024 characters. */
  object: 1024,
  /** IMS: description at most 1024 characters. */
  description: 1024,
  osVersion: 128,
  /** IMS: system disks and fast imports 1 to 1024 GB. */
  systemDiskGb: 1024,
  /** IMS: data disks up to 2048 GB. */
  dataDiskGb: 2048,
  /** The wider ones, of Huawei: a key of a tag has at most 128 characters, OTC 36. */
  tagKey: 128,
  /** A value at most 255, OTC 43. */
  tagValue: 255,
  /** At most 20 tags an image, OTC 10; our marker costs one. */
  tags: 19,
  /** Data disks that come along carry no marker. */
  dataImageTags: 20,
  /** IMS: at most 3 data disks along with an image. */
  dataImages: 3,
  /** 64 TB: more than any server has. */
  ramMb: 67_108_864,
  copy: 1_000_000,
  /** BullMQ: 1 to 2097152. */
  priority: 2_097_152,
  images: 200_000,
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
