const KB = 1024;
const MB = 1024 * KB;
const BAT = '6677c22d23f600429d64115e9bfd4a08';
const METADATA = '06a27c8b90479a4bb8fe575f050f886e';
const PARAMETERS = '3767a1ca36fa434db3b633f0aa44e76b';
const DISK_SIZE = '2442a52f1bcd7648b2115dbed83bf4b8';
const SECTOR_SIZE = '1dbf41816fa90947ba47f233a8faab5f';

/** The first part of a VHDX file with an empty disk, without checksums. */
export function vhdxStart(disk: number): Buffer {
  const start = Buffer.alloc(2 * MB + 66 * KB);
  start.write('vhdxfile');
  for (const at of [64 * KB, 128 * KB]) {
    start.write('head', at);
    start.writeUInt32LE(MB, at + 68);
    start.writeBigUInt64LE(BigInt(MB), at + 72);
  }
  start.write('regi', 192 * KB);
  start.writeUInt32LE(2, 192 * KB + 8);
  writeRegion(start, 192 * KB + 16, { id: BAT, offset: 3 * MB });
  writeRegion(start, 192 * KB + 48, { id: METADATA, offset: 2 * MB });
  start.write('metadata', 2 * MB);
  start.writeUInt16LE(3, 2 * MB + 10);
  const items = [
    { id: PARAMETERS, value: 32 * MB },
    { id: DISK_SIZE, value: disk },
    { id: SECTOR_SIZE, value: 512 },
  ];
  for (const [index, { id, value }] of items.entries()) {
    const entry = 2 * MB + 32 + index * 32;
    start.write(id, entry, 'hex');
    start.writeUInt32LE(64 * KB + index * 8, entry + 16);
    start.writeUInt32LE(8, entry + 20);
    start.writeBigUInt64LE(BigInt(value), 2 * MB + 64 * KB + index * 8);
  }
  return start;
}

function writeRegion(
  start: Buffer,
  at: number,
  { id, offset }: { readonly id: string; readonly offset: number },
): void {
  start.write(id, at, 'hex');
  start.writeBigUInt64LE(BigInt(offset), at + 16);
  start.writeUInt32LE(MB, at + 24);
}
