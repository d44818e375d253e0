import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

const UNPACK = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/**
 * The text of a body, counted as it comes and after unpacking: no header is believed. Some gateways
 * compress although they were asked not to.
 * @throws Error with the code TOO_LARGE
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  encoding: string | readonly string[] | undefined,
  maxBytes: number,
): Promise<string> {
  const bytes = await readCapped(body, maxBytes);
  // Decoding also takes a byte order mark away.
  return new TextDecoder().decode(await unpacked(bytes, String(encoding ?? ''), maxBytes));
}

async function readCapped(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.byteLength;
    if (size > maxBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function unpacked(bytes: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (bytes.length === 0 || !isPacked(name)) return bytes;
  try {
    return await UNPACK[name](bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    throw isTooLarge ? tooLarge() : Object.assign(new Error('unpacking'), { code: 'NOT_UNPACKED' });
  }
}

function isPacked(name: string): name is keyof typeof UNPACK {
  return Object.hasOwn(UNPACK, name);
}

function tooLarge(): Error {
  return Object.assign(new Error('too large'), { code: 'TOO_LARGE' });
}
