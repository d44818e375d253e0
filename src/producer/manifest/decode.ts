import { isUtf8 } from 'node:buffer';
import { codePoint, type Place } from './issue.ts';

interface TextFault extends Place {
  readonly message: string;
}

type Decoded =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly fault: TextFault };

const MAGIC: readonly { readonly bytes: readonly number[]; readonly what: string }[] = [
  { bytes: [0x7f, 0x45, 0x4c, 0x46], what: 'a program (ELF)' },
  { bytes: [0x1f, 0x8b], what: 'a gzip archive' },
  { bytes: [0x89, 0x50, 0x4e, 0x47], what: 'a PNG picture' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a ZIP archive or a spreadsheet (export it as CSV)' },
  { bytes: [0x25, 0x50, 0x44, 0x46], what: 'a PDF document' },
  { bytes: [0x51, 0x46, 0x49, 0xfb], what: 'a QCOW2 image' },
  { bytes: [0x4b, 0x44, 0x4d, 0x56], what: 'a VMDK image' },
  { bytes: [0x76, 0x68, 0x64, 0x78, 0x66, 0x69, 0x6c, 0x65], what: 'a VHDX image' },
  { bytes: [0xff, 0xd8, 0xff], what: 'a JPEG picture' },
];
// biome-ignore lint/suspicious/noControlCharactersInRegex: this finds them
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/;

/** Bytes as text: strict UTF-8, with or without a byte order mark, no control characters. */
export function decode(bytes: Uint8Array): Decoded {
  const kind = MAGIC.find(({ bytes: magic }) => magic.every((byte, at) => bytes[at] === byte));
  if (kind) return fault(1, 1, `is ${kind.what}, not a manifest`);
  if (isUtf16(bytes)) return fault(1, 1, 'is UTF-16; save it as UTF-8');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return badByte(bytes);
  }
  const control = CONTROL.exec(text);
  if (!control) return { ok: true, text };
  const { line, column } = placeOf(text.slice(0, control.index));
  const what = `the control character ${codePoint(control[0])}`;
  return fault(line, column, `contains ${what}; remove it`);
}

function fault(line: number, column: number, message: string): Decoded {
  return { ok: false, fault: { line, column, message } };
}

function isUtf16(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  const hasMark = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  const isAscii = (byte: number | undefined) => byte !== undefined && byte >= 9 && byte < 127;
  const bare = (a === 0 && isAscii(b) && c === 0) || (isAscii(a) && b === 0 && d === 0);
  return hasMark || (bytes.length >= 4 && bare);
}

/** The first byte that is not UTF-8: decoded and encoded again, it differs. */
function badByte(bytes: Uint8Array): Decoded {
  const again = new TextEncoder().encode(new TextDecoder('utf-8', KEEP_MARK).decode(bytes));
  let valid = again.findIndex((byte, at) => byte !== bytes[at]);
  // The fault is at the start of the character that is cut off.
  while (!isUtf8(bytes.subarray(0, valid))) valid -= 1;
  const { line, column } = placeOf(new TextDecoder('utf-8').decode(bytes.subarray(0, valid)));
  const byte = (bytes[valid] ?? 0).toString(16).toUpperCase().padStart(2, '0');
  return fault(line, column, `byte 0x${byte} is not valid UTF-8; save the file as UTF-8`);
}

const KEEP_MARK = { ignoreBOM: true } as const;

function placeOf(before: string): Place {
  const lines = before.split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').replace(/^\ufeff/, '').length + 1 };
}
