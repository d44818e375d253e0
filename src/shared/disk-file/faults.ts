import { escapeText } from '../text/escape-text.ts';
import type { Bytes } from './bytes.ts';
import type { DiskFault } from './disk-file.ts';

export const inBytes = (bytes: number) =>
  `${bytes.toLocaleString('en')} ${bytes === 1 ? 'byte' : 'bytes'}`;

/** A name from a header, fit for a terminal. */
export function nameIn(text: string): string {
  const name = escapeText(text.trim());
  return name.length > 100 ? `${name.slice(0, 99)}…` : name;
}

export function cutOff(message: string): DiskFault {
  return {
    code: 'CUT_OFF',
    message,
    advice: 'upload the whole file again, and compare its size and checksum with the source',
  };
}

/** The header needs what lies behind the end of the file. */
export function cutBefore(what: string, end: number, fileBytes: number): DiskFault {
  return cutOff(`it has ${inBytes(fileBytes)}, but ${what} needs ${inBytes(end)}`);
}

export function damaged(message: string): DiskFault {
  return {
    code: 'DAMAGED',
    message,
    advice: 'check the source with `qemu-img check`, then export or convert it again',
  };
}

/** @param options how qemu-img opens it, with the passphrase in the secret KEY; absent where it cannot */
export function encrypted(message: string, options?: string): DiskFault {
  const convert = `qemu-img convert --object secret,id=KEY,file=PASSPHRASE-FILE --image-opts ${options} -O qcow2 NEW.qcow2`;
  return {
    code: 'ENCRYPTED',
    message,
    advice: options === undefined ? 'export it without encryption' : `decrypt it: ${convert}`,
  };
}

/** It holds only what differs from another file. */
export function dependsOn(code: 'BACKING_FILE' | 'PARENT', message: string): DiskFault {
  return {
    code,
    message,
    advice: 'flatten it where both files are: qemu-img convert -O qcow2 FILE NEW.qcow2',
  };
}

/** QCOW, QCOW2: its header has the name of a backing file at the same place. */
export function backingFault(head: Bytes): DiskFault | undefined {
  const at = head.u64be(8);
  if (at === 0n) return undefined;
  const name = nameIn(head.utf8(Number(at), Math.min(head.u32be(16), 1023)));
  return dependsOn('BACKING_FILE', `it has the backing file ${name}`);
}

/** @param file from which qemu-img finds all */
export function elsewhere(message: string, file = 'FILE'): DiskFault {
  return {
    code: 'EXTENTS_ELSEWHERE',
    message,
    advice: `make one file of it where all are: qemu-img convert -O qcow2 ${file} NEW.qcow2`,
  };
}
