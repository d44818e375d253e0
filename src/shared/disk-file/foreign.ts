import type { Bytes } from './bytes.ts';
import type { DiskFault, DiskFile, DiskFormat } from './disk-file.ts';

interface Signature {
  readonly starts: string;
  readonly what: string;
  readonly unpack: string;
  readonly format?: DiskFormat;
}

const PACKED: readonly Signature[] = [
  { starts: '1f8b08', what: 'gzip', unpack: 'gunzip FILE', format: 'gzip' },
  { starts: 'fd377a585a00', what: 'xz', unpack: 'unxz FILE' },
  { starts: '28b52ffd', what: 'zstd', unpack: 'unzstd FILE' },
  { starts: '04224d18', what: 'lz4', unpack: 'unlz4 FILE' },
  { starts: '504b0304', what: 'zip', unpack: 'unzip FILE' },
  { starts: '377abcaf271c', what: '7z', unpack: '7z x FILE' },
  { starts: '526172211a07', what: 'RAR', unpack: 'unrar x FILE' },
];
const BZIP2 = /^425a683[1-9]314159265359/;

const OTHER_FILES: Readonly<Record<string, string>> = {
  '255044462d': 'a PDF file',
  '7f454c46': 'a program for Linux (ELF)',
  '89504e470d0a1a0a': 'a picture (PNG)',
  ffd8ff: 'a picture (JPEG)',
  '4d5357494d000000': 'a Windows image (WIM)',
  d0cf11e0a1b11ae1: 'a document of Microsoft Office',
  '213c617263683e0a': 'a package (Debian) or a library',
  edabeedb: 'a package (RPM)',
};

const OTHER_DISKS: readonly (readonly [text: string, what: string, driver: string])[] = [
  ['WithoutFreeSpace', 'a Parallels disk', 'parallels'],
  ['WithouFreSpacExt', 'a Parallels disk', 'parallels'],
  ['Bochs Virtual HD Image', 'a Bochs disk', 'bochs'],
];

/** Archives and other files, where their first bytes are unmistakable. */
export function readForeign(head: Bytes): DiskFile | undefined {
  const start = head.hex(0, 16);
  const packed = PACKED.find(({ starts }) => start.startsWith(starts));
  if (packed !== undefined) {
    return { format: packed.format ?? 'raw', faults: [compressed(packed.what, packed.unpack)] };
  }
  if (BZIP2.test(start)) return { format: 'raw', faults: [compressed('bzip2', 'bunzip2 FILE')] };
  const disk = OTHER_DISKS.find(([text]) => head.startsWith(text));
  if (disk !== undefined) {
    const advice = `convert it: qemu-img convert -f ${disk[2]} -O qcow2 FILE NEW.qcow2`;
    return notAnImage(`it is ${disk[1]}, which IMS does not import`, advice);
  }
  const what = whatItIs(head, start);
  return what === undefined ? undefined : notAnImage(`it is ${what}`);
}

export function notAnImage(
  message: string,
  advice = 'check the object, and upload the image file',
): DiskFile {
  return { format: 'raw', faults: [{ code: 'NOT_AN_IMAGE', message, advice }] };
}

function compressed(what: string, command: string): DiskFault {
  return {
    code: 'COMPRESSED',
    message: `it is compressed (${what}), and IMS does not unpack it`,
    advice: `unpack it: ${command}`,
  };
}

function whatItIs(head: Bytes, start: string): string | undefined {
  const known = Object.entries(OTHER_FILES).find(([starts]) => start.startsWith(starts));
  if (known !== undefined) return known[1];
  if (head.startsWith('MZ') && head.startsWith('PE\0\0', head.u32(0x3c))) {
    return 'a program for Windows';
  }
  const text = textOf(head);
  return text === undefined ? undefined : kindOfText(text);
}

const LONGEST_TEXT = 1024;

/** A disk has zeros and other bytes that no text has in its first sectors. */
function textOf(head: Bytes): string | undefined {
  const start = head.part(0, LONGEST_TEXT);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    const text = decoder.decode(start.copy(), { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these do not occur in text
    return /[\u0000-\u0008\u000e-\u001a\u007f]/.test(text) ? undefined : text.trimStart();
  } catch {
    return undefined;
  }
}

function kindOfText(text: string): string {
  if (/^<(?:!doctype\s+)?html/i.test(text)) return 'an HTML page';
  if (/<Error>/.test(text) && text.includes('<Code>')) return 'an error message of a download';
  if (/<(?:\w+:)?Envelope\b/.test(text)) return 'an OVF file, whose disks lie in other files';
  if (text.startsWith('<?xml')) return 'an XML file';
  if (/^version https:\/\/git-lfs/.test(text)) return 'a pointer of Git LFS to the file';
  return 'a text file';
}
