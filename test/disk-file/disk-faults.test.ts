import { describe, expect, test } from 'vitest';
import type { DiskFaultCode, DiskFormat } from '../../src/shared/disk-file/disk-file.ts';
import { readDiskFile } from '../../src/shared/disk-file/read-disk-file.ts';
import { handMade, MB } from '../support/disk-files/hand-made.ts';
import { changed, type Field } from '../support/disk-files/laid-out.ts';
import { fileInMemory } from '../support/disk-files/ranged-file.ts';

const KB = 1024;
const { iso, qcow, qcow2, qed, vdi, vhd, vhdx, vmdk } = handMade;
const read = (data: Uint8Array, bytes?: number) => readDiskFile(fileInMemory(data, bytes));

describe('a fault', () => {
  type Row = readonly [
    what: string,
    base: Uint8Array,
    fields: readonly Field[],
    code: DiskFaultCode,
    message: RegExp,
  ];
  const rows: readonly Row[] = [
    [
      'a backing file',
      qcow2,
      [
        [8, 'u64be', 300],
        [16, 'u32be', 9],
        [300, 'text', 'base\u001b.img'],
      ],
      'BACKING_FILE',
      /backing file base\\u001b\.img$/,
    ],
    ['AES', qcow2, [[32, 'u32be', 1]], 'ENCRYPTED', /AES/],
    ['LUKS', qcow2, [[32, 'u32be', 2]], 'ENCRYPTED', /LUKS/],
    [
      'data in another file',
      qcow2,
      [
        [72, 'u64be', 4],
        [104, 'u32be', 0x44415441],
        [108, 'u32be', 8],
        [112, 'text', 'data.raw'],
      ],
      'EXTENTS_ELSEWHERE',
      /data\.raw/,
    ],
    ['the corrupt mark', qcow2, [[72, 'u64be', 2]], 'DAMAGED', /corrupt/],
    ['unknown features', qcow2, [[72, 'u64be', 1n << 40n]], 'DAMAGED', /features/],
    ['clusters of 2 GB', qcow2, [[20, 'u32be', 31]], 'DAMAGED', /2\^31/],
    ['too few tables', qcow2, [[24, 'u64be', 2 ** 40]], 'DAMAGED', /too small/],
    ['a table behind the end', qcow2, [[192 * KB, 'u64be', 320 * KB]], 'CUT_OFF', /needs 393,216/],
    [
      'a cluster behind the end',
      qcow2,
      [[256 * KB, 'u64be', 320 * KB]],
      'CUT_OFF',
      /needs 393,216/,
    ],
    [
      'counted clusters behind the end',
      qcow2,
      [[128 * KB + 20, 'u16be', 1]],
      'CUT_OFF',
      /needs 720,896/,
    ],
    [
      'counts behind the end',
      qcow2,
      [[64 * KB + 8, 'u64be', 320 * KB]],
      'CUT_OFF',
      /reference counts/,
    ],
    [
      'QCOW: a backing file',
      qcow,
      [
        [8, 'u64be', 300],
        [16, 'u32be', 8],
        [300, 'text', 'base.img'],
      ],
      'BACKING_FILE',
      /base\.img/,
    ],
    ['QCOW: encryption', qcow, [[36, 'u32be', 1]], 'ENCRYPTED', /AES/],
    ['QCOW: a cluster behind the end', qcow, [[8 * KB, 'u64be', 12 * KB]], 'CUT_OFF', /data/],
    ['QCOW: a size of 2^60', qcow, [[24, 'u64be', 1n << 60n]], 'DAMAGED', /size/],
    [
      'QED: a backing file',
      qed,
      [
        [16, 'u64', 1],
        [56, 'u32', 300],
        [60, 'u32', 8],
        [300, 'text', 'base.img'],
      ],
      'BACKING_FILE',
      /base\.img/,
    ],
    ['QED: a cluster behind the end', qed, [[8 * KB, 'u64', 12 * KB]], 'CUT_OFF', /data/],
    ['QED: odd clusters', qed, [[4, 'u32', 5000]], 'DAMAGED', /impossible/],
    [
      'VMDK: a parent',
      vmdk,
      [[512, 'text', 'parentCID=12345678\nparentFileNameHint="base.vmdk"\n']],
      'PARENT',
      /base\.vmdk/,
    ],
    [
      'VMDK: several extents',
      vmdk,
      [[512, 'text', 'RW 1 SPARSE "a"\nRW 1 SPARSE "b"\n']],
      'EXTENTS_ELSEWHERE',
      /in a, b, disk\.vmdk$/,
    ],
    ['VMDK: no descriptor', vmdk, [[28, 'u64', 0]], 'EXTENTS_ELSEWHERE', /descriptor/],
    [
      'VMDK: encryption',
      vmdk,
      [[512, 'text', 'encryption.keySafe = "x"\n']],
      'ENCRYPTED',
      /VMware/,
    ],
    ['VMDK: transferred as text', vmdk, [[73, 'hex', '0a200a0a']], 'DAMAGED', /as text/],
    ['VMDK: a grain behind the end', vmdk, [[30 * 512, 'u32', 256]], 'CUT_OFF', /data/],
    [
      'VMDK: a footer that is missing',
      vmdk,
      [[56, 'hex', 'ffffffffffffffff']],
      'CUT_OFF',
      /footer/,
    ],
    ['ESX: a snapshot', vmdk, [[0, 'text', 'COWD']], 'PARENT', /ESX/],
    ['ESX: a sparse snapshot', vmdk, [[0, 'u64', 0xcafebabe]], 'PARENT', /ESX/],
    [
      'VHD: a parent',
      vhd,
      [
        [vhd.length - 512 + 60, 'u32be', 4],
        [576, 'utf16be', 'base.vhd'],
      ],
      'PARENT',
      /base\.vhd/,
    ],
    ['VHD: a block behind the end', vhd, [[1536, 'u32be', 4096]], 'CUT_OFF', /data/],
    ['VHD: no footer', vhd, [[vhd.length - 512, 'u64', 0]], 'CUT_OFF', /footer/],
    ['VHD: no header', vhd, [[512, 'u64', 0]], 'DAMAGED', /header/],
    ['VHDX: a log', vhdx, [[128 * KB + 48, 'u8', 1]], 'NOT_CLOSED', /log/],
    ['VHDX: a parent', vhdx, [[2 * MB + 64 * KB + 4, 'u32', 2]], 'PARENT', /does not name/],
    ['VHDX: a block behind the end', vhdx, [[3 * MB, 'u64', 5 * MB + 6]], 'CUT_OFF', /data/],
    [
      'VHDX: no headers',
      vhdx,
      [
        [64 * KB, 'u32', 0],
        [128 * KB, 'u32', 0],
      ],
      'DAMAGED',
      /header/,
    ],
    ['VHDX: no regions', vhdx, [[192 * KB, 'u32', 0]], 'DAMAGED', /region/],
    ['VHDX: impossible blocks', vhdx, [[2 * MB + 64 * KB, 'u32', 1]], 'DAMAGED', /metadata/],
    [
      'VDI: a parent',
      vdi,
      [
        [0x4c, 'u32', 4],
        [0x1b8, 'hex', '78563412bc9af0de0123456789abcdef'],
      ],
      'PARENT',
      /12345678-9abc-def0-0123-456789abcdef$/,
    ],
    ['VDI: more blocks than possible', vdi, [[0x184, 'u32', 2]], 'DAMAGED', /impossible/],
    ['ZVHD: no footer', handMade.zvhd, [[8 * KB, 'u64', 0]], 'CUT_OFF', /footer/],
    ['ISO: a volume behind the end', iso, [[16 * 2048 + 80, 'u32', 21]], 'CUT_OFF', /43,008/],
    ['raw: LUKS', handMade.mbr, [[0, 'text', 'LUKS\u00ba\u00be']], 'ENCRYPTED', /LUKS/],
    [
      'raw: a partition behind the end',
      handMade.mbr,
      [[458, 'u32', 2048]],
      'CUT_OFF',
      /partition table/,
    ],
    ['raw: no copy of the GPT', handMade.gpt, [[MB - 512, 'u64', 0]], 'DAMAGED', /copy/],
    ['raw: no GPT', handMade.gpt, [[512, 'u64', 0]], 'DAMAGED', /announces/],
    ['raw: a GPT of odd entries', handMade.gpt, [[512 + 84, 'u32', 3]], 'DAMAGED', /impossible/],
    ['a disk within that is too small', vdi, [[1536 + 458, 'u32', 4096]], 'DAMAGED', /larger/],
  ];

  test.each(rows)('%s', async (_what, ...[base, fields, code, message]) => {
    const { faults } = await read(changed(base, ...fields));
    expect(faults.map((fault) => fault.code)).toEqual([code]);
    expect(faults[0]?.message).toMatch(message);
    expect(faults[0]?.advice).not.toBe('');
  });

  const perhaps = [
    ['counted clusters that are missing', changed(qcow2, [128 * KB + 20, 'u16be', 1])],
    ['a GPT without its copy', changed(handMade.gpt, [MB - 512, 'u64', 0])],
    ['a start of zeros', new Uint8Array(MB)],
    ['a ZVHD without its footer', changed(handMade.zvhd, [8 * KB, 'u64', 0])],
  ] as const;

  test.each(perhaps)('of a file that may work is marked so: %s', async (_what, data) => {
    const { faults } = await read(data);
    expect(faults.map(({ mayWork }) => mayWork)).toEqual([true]);
  });

  const cut = [
    ...(['qcow2', 'qcow', 'qed', 'vmdk', 'vhd', 'vhdx', 'vdi', 'zvhd', 'zvhd2', 'iso'] as const),
  ] satisfies readonly DiskFormat[];

  test.each(cut)('%s without its last bytes is cut off', async (format) => {
    const { faults } = await read(handMade[format].subarray(0, -1024));
    expect(faults.map(({ code }) => code)).toEqual(['CUT_OFF']);
  });
});
