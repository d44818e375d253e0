/** A field of a header that is made by hand: its offset, its kind and its value. */
export type Field =
  | readonly [at: number, kind: 'text' | 'hex' | 'utf16' | 'utf16be', value: string]
  | readonly [at: number, kind: 'u8' | 'u16' | 'u32' | 'u16be' | 'u32be', value: number]
  | readonly [at: number, kind: 'u64' | 'u64be', value: number | bigint]
  | readonly [at: number, kind: 'bytes', value: Uint8Array];

/** A file of this size, all zero but these fields. */
export function laidOut(bytes: number, ...fields: readonly Field[]): Buffer {
  const data = Buffer.alloc(bytes);
  for (const field of fields) lay(data, field);
  return data;
}

/** The same file with other values in some fields. */
export function changed(data: Uint8Array, ...fields: readonly Field[]): Buffer {
  const copy = Buffer.from(data);
  for (const field of fields) lay(copy, field);
  return copy;
}

function lay(data: Buffer, [at, kind, value]: Field): void {
  switch (kind) {
    case 'text':
      data.write(value, at, 'latin1');
      return;
    case 'hex':
      data.write(value, at, 'hex');
      return;
    case 'utf16':
      data.write(value, at, 'utf16le');
      return;
    case 'utf16be':
      data.set(Buffer.from(value, 'utf16le').swap16(), at);
      return;
    case 'u8':
      data.writeUInt8(value, at);
      return;
    case 'u16':
      data.writeUInt16LE(value, at);
      return;
    case 'u32':
      data.writeUInt32LE(value, at);
      return;
    case 'u16be':
      data.writeUInt16BE(value, at);
      return;
    case 'u32be':
      data.writeUInt32BE(value, at);
      return;
    case 'u64':
      data.writeBigUInt64LE(BigInt(value), at);
      return;
    case 'u64be':
      data.writeBigUInt64BE(BigInt(value), at);
      return;
    case 'bytes':
      data.set(value, at);
  }
}
