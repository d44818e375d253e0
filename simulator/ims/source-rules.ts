import { GIGABYTE, objectAt } from '../obs/objects.ts';
import type { SimulatorOptions } from '../options.ts';
import { type Api, type Body, type Refusal, refusal } from './refusal.ts';

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** The rules for `bucket:key`, and for the object behind it. */
export function sourceRule(api: Api, body: Body, options: SimulatorOptions): Refusal | undefined {
  const url = body['image_url'];
  if (typeof url !== 'string' || !url.includes(':')) return BAD_URL;
  const colon = url.indexOf(':');
  const [bucket, key] = [url.slice(0, colon), url.slice(colon + 1)];
  if (bucket === '') return refusal('0068', 'The bucket name cannot be left blank.');
  if (!BUCKET.test(bucket)) {
    return refusal('0109', 'The bucket name contains invalid characters.');
  }
  if (key === '' || key.startsWith('/')) return BAD_URL;
  if (/\s/.test(key)) return refusal('0175', 'Folder and file names cannot contain spaces.');
  if (key.includes('forbidden')) return FORBIDDEN;
  const object = objectAt(options, bucket, key);
  const isThere = (object.status ?? 200) === 200 && object.size !== 0 && !object.storageClass;
  if (!isThere || !isImageFile(key)) {
    return refusal('0057', 'The image file does not exist, is empty, or cannot be accessed.');
  }
  const isQuick = api === 'quick' || body['is_quick_import'] === true;
  if (isQuick && lacksBitmap(options, bucket, key)) {
    return refusal(
      '0158',
      'The bitmap of the RAW file must be in the OBS bucket together with it.',
    );
  }
  const largest = (isQuick ? 1024 : 128) * GIGABYTE;
  return (object.size ?? 0) > largest
    ? refusal('0059', 'The size of the image file exceeds the limit.')
    : undefined;
}

/** Of the object that an import reads. */
export function bytesOf(body: Body, options: SimulatorOptions): number {
  const [, bucket = '', key = ''] = /^([^:]*):(.*)$/.exec(String(body['image_url'])) ?? [];
  return objectAt(options, bucket, key).size ?? GIGABYTE;
}

const FORMATS = /^(vmdk|vhdx?|qcow2?|raw|qed|vdi|zvhd2?|iso|ova|img)$/i;

/** IMS reads the file; here its extension decides about the format. Without one any format is right. */
function isImageFile(key: string): boolean {
  const [, ending] = /\.([a-z][a-z0-9]*)$/i.exec(key) ?? [];
  return ending === undefined ? !/sums?$/i.test(key) : FORMATS.test(ending);
}

/** IMS: `image01.raw` is imported fast with `image01.mf` beside it only. */
function lacksBitmap(options: SimulatorOptions, bucket: string, key: string): boolean {
  if (!/\.raw$/i.test(key)) return false;
  return (objectAt(options, bucket, key.replace(/\.raw$/i, '.mf')).status ?? 200) !== 200;
}

export const FORBIDDEN = refusal('0026', 'The role is invalid.');
const BAD_URL = refusal('0017', 'The URL format is incorrect.');

/** Names of files that make an import fail while it runs; part of the simulator, not of IMS. */
export function isBroken(body: Body): boolean {
  return String(body['image_url']).includes('broken');
}

export const BROKEN = { code: 'IMG.0072', reason: 'The image file format is not supported.' };

/** An import of a key that contains `stuck` never ends by itself. */
export function isStuck(body: Body): boolean {
  return String(body['image_url']).includes('stuck');
}

export function isOva(body: Body): boolean {
  return /\.ova$/i.test(String(body['image_url']));
}
