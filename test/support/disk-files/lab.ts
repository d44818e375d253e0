import { copyFile, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ProgramName, runProgram } from '../programs.ts';

/** The size of the disks that real image files are made of. */
export const DISK_BYTES = 16 * 1024 * 1024;

/** A folder in which real image files are made with the programs that people use. */
export interface DiskLab {
  readonly path: (name: string) => string;
  readonly run: (program: ProgramName, ...args: readonly string[]) => Promise<void>;
  readonly write: (name: string, data: Uint8Array | string) => Promise<void>;
  readonly read: (name: string) => Promise<Buffer>;
  /** Writes bytes into a copy of another file. */
  readonly patch: (from: string, name: string, edits: readonly Edit[]) => Promise<void>;
  /** A copy of another file without its end. */
  readonly cut: (from: string, name: string, bytes: number) => Promise<void>;
  /** Converts one of the disks. */
  readonly convert: (disk: DiskName, name: string, ...args: readonly string[]) => Promise<void>;
}

export interface Edit {
  readonly at: number;
  readonly bytes: Uint8Array | string;
}

const DISKS = {
  uefi: ['label: gpt', 'start=2048, size=8192, type=uefi', 'start=10240, type=linux'],
  bios: [
    'label: gpt',
    'start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649',
    'start=4096, type=linux',
  ],
  mbr: ['label: dos', 'start=2048, size=8192, type=83, bootable', 'start=10240, type=83'],
} as const;

export type DiskName = keyof typeof DISKS;

/** Makes the raw disks `uefi.raw`, `bios.raw` and `mbr.raw`, which have data up to their ends. */
export async function openDiskLab(folder: string): Promise<DiskLab> {
  const path = (name: string) => join(folder, name);
  const run = async (program: ProgramName, ...args: readonly string[]) => {
    const { code, stderr } = await runProgram(program, args, { cwd: folder });
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  };
  for (const [name, table] of Object.entries(DISKS)) await makeDisk(path(`${name}.raw`), table);
  return {
    path,
    run,
    write: (name, data) => writeFile(path(name), data),
    read: (name) => readFile(path(name)),
    patch: async (from, name, edits) => {
      await copyFile(path(from), path(name));
      await using file = await open(path(name), 'r+');
      for (const { at, bytes } of edits) {
        const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
        await file.write(data, 0, data.length, at);
      }
    },
    cut: async (from, name, bytes) => {
      await copyFile(path(from), path(name));
      await truncate(path(name), bytes);
    },
    convert: (disk, name, ...args) =>
      run('qemu-img', 'convert', '-f', 'raw', ...args, `${disk}.raw`, name),
  };
}

async function makeDisk(path: string, table: readonly string[]): Promise<void> {
  await writeFile(path, '');
  await truncate(path, DISK_BYTES);
  const { code, stderr } = await runProgram('sfdisk', [path], { input: `${table.join('\n')}\n` });
  if (code !== 0) throw new Error(`sfdisk: ${stderr}`);
  await using file = await open(path, 'r+');
  for (const megabyte of [1, 6, 15]) {
    const data = noise(256 * 1024, megabyte);
    await file.write(data, 0, data.length, megabyte * 1024 * 1024);
  }
}

/** Bytes that no program can pack, always the same. */
export function noise(length: number, seed: number): Uint8Array {
  const data = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[at] = state >>> 24;
  }
  return data;
}
