import type { FileFacts } from '../shared/image/file-facts.ts';

const MB = 1024 ** 2;
const GB = 1024 ** 3;

/** `QCOW2, 2.1 GB, with a disk of 40 GB` */
export function fileWords({ bytes, virtualBytes, format }: FileFacts): string {
  const size = bytesText(bytes);
  const disk = virtualBytes === undefined ? '' : `, with a disk of ${bytesText(virtualBytes)}`;
  return `${format === undefined ? '' : `${format.toUpperCase()}, `}${size}${disk}`;
}

/** `40 GB`, `2.1 GB`, `350 MB` */
function bytesText(bytes: number): string {
  const [unit, word] = bytes >= GB ? [GB, 'GB'] : [MB, 'MB'];
  const rounded = Math.round((bytes / unit) * 10) / 10;
  return `${rounded.toLocaleString('en-GB')} ${word}`;
}
