import type { FileFacts } from '../shared/image/file-facts.ts';
import { formatBytes } from './format.ts';

/** `QCOW2, 2.1 GB, with a disk of 40 GB` */
export function fileWords({ bytes, virtualBytes, format }: FileFacts): string {
  const size = formatBytes(bytes);
  const disk = virtualBytes === undefined ? '' : `, with a disk of ${formatBytes(virtualBytes)}`;
  return `${format === undefined ? '' : `${format.toUpperCase()}, `}${size}${disk}`;
}
