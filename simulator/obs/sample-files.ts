import { vhdxStart } from './sample-vhdx.ts';

/** The first and last bytes of a file; between them it has zeros. */
export interface FileEnds {
  readonly start: Buffer;
  readonly end: Buffer;
}

const SECTOR = 512;
const NOTHING = Buffer.alloc(0);

/**
 * What an object without content of its own begins and ends with: an empty disk of that size in the format
 * that its name ends with, as small as other programs accept it.
 */
export function sampleFile(key: string, size: number, disk: number): FileEnds {
  const ending = /\.([a-z0-9]+)$/i.exec(key)?.[1]?.toLowerCase() ?? '';
  const make = FORMATS[ending] ?? (OTHERS.test(ending) ? textFile : rawFile);
  return make(size, disk);
}

type MakeFile = (size: number, disk: number) => FileEnds;

/** Endings of files that are no disks: a list of checksums, a description. */
const OTHERS = /^(txt|md|mf|ovf|json|sha256|gz)$/;

const FORMATS: Readonly<Record<string, MakeFile>> = {
  qcow2: (_, disk) => {
    const clusters = 2 ** 16;
    const start = Buffer.alloc(112);
    start.write('QFI\u00fb', 'latin1');
    start.writeUInt32BE(3, 4);
    start.writeUInt32BE(16, 20);
    start.writeBigUInt64BE(BigInt(disk), 24);
    start.writeUInt32BE(Math.max(1, Math.ceil(disk / (clusters * (clusters / 8)))), 36);
    start.writeBigUInt64BE(BigInt(3 * clusters), 40);
    start.writeBigUInt64BE(BigInt(clusters), 48);
    start.writeUInt32BE(1, 56);
    start.writeUInt32BE(4, 96);
    start.writeUInt32BE(104, 100);
    return { start, end: NOTHING };
  },
  qcow: (_, disk) => {
    const start = Buffer.alloc(48);
    start.write('QFI\u00fb', 'latin1');
    start.writeUInt32BE(1, 4);
    start.writeBigUInt64BE(BigInt(disk), 24);
    start.set([12, 9], 32);
    start.writeBigUInt64BE(4096n, 40);
    return { start, end: NOTHING };
  },
  vmdk: (_, disk) => {
    const start = Buffer.alloc(21 * SECTOR);
    start.write('KDMV');
    start.writeUInt32LE(1, 4);
    start.writeUInt32LE(3, 8);
    start.writeBigUInt64LE(BigInt(Math.ceil(disk / SECTOR)), 12);
    start.writeBigUInt64LE(128n, 20);
    start.writeBigUInt64LE(1n, 28);
    start.writeBigUInt64LE(20n, 36);
    start.writeUInt32LE(512, 44);
    start.writeBigUInt64LE(26n, 48);
    start.writeBigUInt64LE(21n, 56);
    start.writeBigUInt64LE(128n, 64);
    start.write('\n \r\n', 73, 'latin1');
    start.write(vmdkDescriptor(disk), SECTOR);
    return { start, end: NOTHING };
  },
  vhd: (size) => {
    const end = Buffer.alloc(SECTOR);
    end.write('conectix');
    end.writeUInt32BE(2, 8);
    end.writeUInt32BE(0x10000, 12);
    end.fill(0xff, 16, 24);
    end.writeBigUInt64BE(BigInt(Math.max(0, size - SECTOR)), 40);
    end.writeBigUInt64BE(BigInt(Math.max(0, size - SECTOR)), 48);
    end.writeUInt32BE(2, 60);
    return { start: NOTHING, end };
  },
  vhdx: (_, disk) => ({ start: vhdxStart(disk), end: NOTHING }),
  vdi: (_, disk) => {
    const blocks = Math.ceil(disk / 2 ** 20);
    const start = Buffer.alloc(SECTOR + blocks * 4, 0xff);
    start.fill(0, 0, SECTOR);
    start.write('<<< Oracle VM VirtualBox Disk Image >>>\n');
    start.writeUInt32LE(0xbeda107f, 0x40);
    start.writeUInt32LE(0x10001, 0x44);
    start.writeUInt32LE(1, 0x4c);
    start.writeUInt32LE(SECTOR, 0x154);
    start.writeUInt32LE(Math.ceil(start.length / 2 ** 20) * 2 ** 20, 0x158);
    start.writeBigUInt64LE(BigInt(disk), 0x170);
    start.writeUInt32LE(2 ** 20, 0x178);
    start.writeUInt32LE(blocks, 0x180);
    return { start, end: NOTHING };
  },
  qed: (_, disk) => {
    const start = Buffer.alloc(64);
    start.write('QED\0');
    start.writeUInt32LE(2 ** 16, 4);
    start.writeUInt32LE(4, 8);
    start.writeUInt32LE(1, 12);
    start.writeBigUInt64LE(2n ** 16n, 40);
    start.writeBigUInt64LE(BigInt(disk), 48);
    return { start, end: NOTHING };
  },
  zvhd: (_, disk) => huaweiFile('stream', disk),
  zvhd2: (_, disk) => huaweiFile('z2strm', disk),
  iso: (size) => {
    const start = Buffer.alloc(17 * 2048);
    start[16 * 2048] = 1;
    start.write('CD001', 16 * 2048 + 1);
    start.writeUInt32LE(Math.floor(size / 2048), 16 * 2048 + 80);
    start.writeUInt16LE(2048, 16 * 2048 + 128);
    return { start, end: NOTHING };
  },
  ova: (size, disk) => {
    const ovf = `<Envelope><DiskSection><Disk ovf:capacity="${disk}" ovf:diskId="1"/></DiskSection></Envelope>`;
    const start = Buffer.concat([
      tarHeader('machine.ovf', ovf.length),
      Buffer.from(ovf.padEnd(SECTOR, '\0')),
      tarHeader('disk1.vmdk', Math.max(0, Math.floor(size / SECTOR) * SECTOR - 5 * SECTOR)),
    ]);
    return { start, end: NOTHING };
  },
};

/** One partition that fills the disk and starts with BIOS. */
function rawFile(size: number): FileEnds {
  const start = Buffer.alloc(SECTOR);
  const sectors = Math.min(0xffff_ffff, Math.max(2, Math.floor(size / SECTOR)));
  start.set([0x80, 0, 0, 0, 0x83], 446);
  start.writeUInt32LE(1, 454);
  start.writeUInt32LE(sectors - 1, 458);
  start.writeUInt16LE(0xaa55, 510);
  return { start, end: NOTHING };
}

function textFile(size: number): FileEnds {
  const line = 'A file of the simulator that is no disk.\n';
  const text = line.repeat(Math.min(1000, Math.ceil(size / line.length)));
  return { start: Buffer.from(text), end: NOTHING };
}

function vmdkDescriptor(disk: number): string {
  return [
    ...['# Disk DescriptorFile', 'version=1', 'CID=fffffffe', 'parentCID=ffffffff'],
    'createType="monolithicSparse"',
    `RW ${Math.ceil(disk / SECTOR)} SPARSE "disk.vmdk"`,
    'ddb.adapterType = "lsilogic"\n',
  ].join('\n');
}

/** The same block first and last. */
function huaweiFile(name: string, disk: number): FileEnds {
  const block = Buffer.alloc(4096);
  block.write(name);
  block.writeUInt32LE(0x10000, 12);
  block.writeBigUInt64LE(BigInt(disk), 48);
  return { start: block, end: block };
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(SECTOR);
  header.write(name);
  if (size < 8 ** 11) header.write(size.toString(8).padStart(11, '0'), 124);
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  return header;
}
