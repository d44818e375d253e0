import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DiskFormat } from '../../src/shared/disk-file/disk-file.ts';
import { MOST_BYTES, MOST_READS } from '../../src/shared/disk-file/excerpts.ts';
import { readDiskFile } from '../../src/shared/disk-file/read-disk-file.ts';
import { expectJudged } from '../support/disk-files/hostile.ts';
import { type DiskLab, noise, openDiskLab } from '../support/disk-files/lab.ts';
import { fileInMemory, fileOnDisk, recordedFile } from '../support/disk-files/ranged-file.ts';
import { DISK_FILE_TOOLS, diskFileRows, makeDiskFiles } from '../support/disk-files/rows.ts';
import { needing, runProgram } from '../support/programs.ts';

const DRIVERS: Partial<Record<DiskFormat, string>> = {
  ...{ qcow2: 'qcow2', qcow: 'qcow', vmdk: 'vmdk', vhd: 'vpc', vhdx: 'vhdx' },
  ...{ vdi: 'vdi', qed: 'qed', raw: 'raw', iso: 'raw' },
};

describe('image files made with the programs that people use', needing(...DISK_FILE_TOOLS), () => {
  let lab: DiskLab;
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ims-ferry-disks-'));
    lab = await openDiskLab(folder);
    await makeDiskFiles(lab);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const read = async (name: string) => {
    const file = recordedFile(await fileOnDisk(lab.path(name)));
    return { found: await readDiskFile(file), reads: file.reads };
  };

  test('there are more than fifty, and each has a name of its own', () => {
    const names = new Set(diskFileRows.map(({ name }) => name));
    expect(names.size).toBe(diskFileRows.length);
    expect(names.size).toBeGreaterThan(50);
  });

  test.each(diskFileRows)('$name is judged right', async ({ name, finds, faults, mayWork }) => {
    const { found, reads } = await read(name);
    const { faults: foundFaults, ...facts } = found;
    expect(foundFaults.map(({ code }) => code)).toEqual(faults);
    if (mayWork) expect(foundFaults.every((fault) => fault.mayWork)).toBe(true);
    expect(facts).toMatchObject(finds);
    for (const fact of ['partitions', 'isUefi', 'isBios'] as const) {
      expect(facts[fact]).toBe(finds[fact]);
    }
    expect(reads.length).toBeLessThanOrEqual(MOST_READS);
    const bytes = reads.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  });

  const readable = diskFileRows.filter(
    ({ finds, faults }) => faults.length === 0 && DRIVERS[finds.format],
  );

  test.each(readable)('qemu-img names the same disk size for $name', async ({ name, finds }) => {
    const driver = DRIVERS[finds.format] ?? '';
    const args = ['info', '--output=json', '-f', driver, lab.path(name)];
    const { stdout } = await runProgram('qemu-img', args);
    const { found } = await read(name);
    expect(found.virtualBytes).toBe(JSON.parse(stdout)['virtual-size']);
  });

  // Nothing shows where a raw disk ends but its partition table.
  const complete = diskFileRows.filter(
    ({ finds, faults }) => faults.length === 0 && (finds.format !== 'raw' || finds.partitions),
  );

  test.each(complete)(
    '$name has a fault wherever a tenth of it or more is missing',
    async ({ name }) => {
      const data = await lab.read(name);
      const missed: string[] = [];
      for (let twentieth = 1; twentieth <= 18; twentieth += 1) {
        const bytes = Math.floor((data.length * twentieth) / 20);
        const { faults } = await readDiskFile(fileInMemory(data.subarray(0, bytes)));
        if (faults.length === 0) missed.push(`${twentieth}/20`);
      }
      expect(missed).toEqual([]);
    },
  );

  test.each(diskFileRows)(
    '$name is judged by few reads, however it is changed or cut',
    async ({ name }) => {
      const data = await lab.read(name);
      const random = noise(16 * 100, data.length);
      const numbers = new DataView(random.buffer);
      for (let at = 0; at < random.length; at += 16) {
        const place =
          numbers.getUint32(at) % Math.min(at % 32 === 0 ? 1024 : 512 * 1024, data.length + 1);
        const kept = Uint8Array.from(data.subarray(place, place + 8));
        data.set(random.subarray(at + 4, at + 4 + kept.length), place);
        await expectJudged(fileInMemory(data));
        if (at % 64 !== 0) data.set(kept, place);
        await expectJudged(fileInMemory(data, numbers.getUint32(at + 12) % (data.length + 1)));
      }
    },
  );
});
