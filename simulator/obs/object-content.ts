import { closeSync, openSync, readSync } from 'node:fs';
import { type FileEnds, sampleFile } from './sample-files.ts';
import type { StoredObject } from './stored-object.ts';

/** Bytes of an object from `from` up to `to`, which is not beyond its end. */
export function readObject(object: StoredObject, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  if (object.path !== undefined) {
    const file = openSync(object.path, 'r');
    try {
      readSync(file, bytes, 0, bytes.length, from);
    } finally {
      closeSync(file);
    }
    return bytes;
  }
  const { start, end } = endsOf(object);
  place(start, 0);
  place(end, object.size - end.length);
  return bytes;

  function place(part: Buffer, at: number): void {
    const first = Math.max(from, at);
    const last = Math.min(to, at + part.length);
    if (last > first) part.copy(bytes, first - from, first - at, last - at);
  }
}

function endsOf({ key, size, content, end = '', disk }: StoredObject): FileEnds {
  if (content === undefined) return sampleFile(key, size, disk ?? size);
  return { start: Buffer.from(content, 'base64'), end: Buffer.from(end, 'base64') };
}

/** `bytes=0-99`, `bytes=100-`, `bytes=-100`; several ranges and other units are ignored, as OBS does. */
export function rangeOf(
  header: string | undefined,
  size: number,
): { readonly from: number; readonly to: number } | 'none' | 'outside' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return 'none';
  if (first === '') return { from: Math.max(0, size - Number(last)), to: size };
  const from = Number(first);
  if (last !== '' && Number(last) < from) return 'none';
  if (from >= size) return 'outside';
  return { from, to: last === '' ? size : Math.min(size, Number(last) + 1) };
}
