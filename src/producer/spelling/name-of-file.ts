import { LIMITS, NAME } from '../../shared/image/image-fields.ts';

/** `dir/web-01.qcow2` → `web-01` */
export function basenameOf(key: string): string {
  const file = key.slice(key.lastIndexOf('/') + 1);
  const dot = file.lastIndexOf('.');
  return dot > 0 ? file.slice(0, dot) : file;
}

/**
 * The name of an image that has none: that of its file, with - for what IMS does not allow in a name. It
 * depends on nothing else in the manifest, since import keys are made of it.
 */
export function nameOfFile(key: string): string {
  const characters = [...basenameOf(key)].map((one) => (NAME.test(one) ? one : '-'));
  return characters.slice(0, LIMITS.name).join('');
}
