import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bytes } from '../../src/shared/disk-file/bytes.ts';
import { unpack } from '../../src/shared/disk-file/inner-disk.ts';
import { readDiskFile } from '../../src/shared/disk-file/read-disk-file.ts';
import { handMade } from '../support/disk-files/hand-made.ts';
import { expectJudged } from '../support/disk-files/hostile.ts';
import { fileInMemory } from '../support/disk-files/ranged-file.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20);
const limits = { seed, numRuns: 250 };

/** Only what a header can reach: the first bytes, and offsets that begin a structure. */
const bases = Object.values(handMade).map((data) => data.subarray(0, 320 * 1024));
const sizes = fc.oneof(fc.constant(undefined), fc.nat(2 ** 20), fc.maxSafeNat());
const spots = fc.oneof(
  fc.nat(128),
  fc.nat(1024),
  fc.nat(40 * 1024),
  fc.nat(320).map((kilobytes) => kilobytes * 1024),
);
const values = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 9 }),
  fc.constantFrom(new Uint8Array(8).fill(0xff), new Uint8Array(8), Uint8Array.of(0, 0, 0, 0x80)),
);
const changes = fc.array(fc.record({ at: spots, value: values }), { minLength: 1, maxLength: 8 });

describe('a hostile file', () => {
  test('with changed fields is judged by few and small reads', async () => {
    const files = fc.asyncProperty(
      fc.constantFrom(...bases),
      changes,
      sizes,
      async (base, edits, bytes) => {
        const data = Uint8Array.from(base);
        for (const { at, value } of edits) {
          if (at + value.length <= data.length) data.set(value, at);
        }
        await expectJudged(fileInMemory(data, bytes));
      },
    );
    await fc.assert(files, limits);
  });

  const magics = [
    'QFI\u00fb',
    'KDMV',
    'COWD',
    'QED\0',
    'conectix',
    'vhdxfile',
    'stream\0',
    'LUKS\u00ba\u00be',
    '\u001f\u008b\b',
    '# Disk DescriptorFile\n',
    '',
  ];

  test('of anything behind the first bytes of a format is judged by few and small reads', async () => {
    const bytes = fc.uint8Array({ maxLength: 4096, size: 'max' });
    const files = fc.asyncProperty(
      fc.constantFrom(...magics),
      bytes,
      sizes,
      async (magic, rest, size) => {
        const data = Buffer.concat([Buffer.from(magic, 'latin1'), rest]);
        await expectJudged(fileInMemory(data, size));
      },
    );
    await fc.assert(files, limits);
  });

  test('that ends anywhere is judged by few and small reads', async () => {
    for (const base of bases) {
      for (let bytes = 0; bytes < 1100; bytes += 23)
        await expectJudged(fileInMemory(base.subarray(0, bytes)));
      for (let bytes = 1100; bytes < base.length; bytes += 15_013) {
        await expectJudged(fileInMemory(base.subarray(0, bytes)));
      }
    }
  });

  test('whose tables refer to themselves is judged by few and small reads', async () => {
    const loop = new Uint8Array(320 * 1024);
    for (const base of bases) {
      loop.set(base.subarray(0, 512));
      for (let at = 512; at < loop.length; at += 8) loop[at + 6] = 2;
      await expectJudged(fileInMemory(loop));
    }
  });
});

describe('a read', () => {
  test('that fails is the only error', async () => {
    const failure = new Error('the connection was closed');
    for (const data of Object.values(handMade)) {
      let left = 0;
      const file = fileInMemory(data);
      const read = (offset: number, length: number) =>
        left-- > 0 ? file.read(offset, length) : Promise.reject(failure);
      for (const good of [0, 1, 2]) {
        left = good;
        const found = await readDiskFile({ bytes: data.length, read }).catch(
          (error: unknown) => error,
        );
        if (found instanceof Error) expect(found).toBe(failure);
      }
    }
  });

  test.each([0, 1, 600, 10 ** 6])('may answer %d bytes, whatever was requested', async (length) => {
    for (const data of Object.values(handMade)) {
      const file = { bytes: data.length, read: async () => data.subarray(0, length) };
      await expectJudged(file);
    }
  });
});

/** A frame whose header asks for this much memory, though its one block is short. */
function zstdFrame(windowLog: number): Bytes {
  const block = Buffer.alloc(600, 7);
  const head = Buffer.from('28b52ffd000000000000', 'hex').subarray(0, 9);
  head.writeUInt8((windowLog - 10) << 3, 5);
  head.writeUIntLE((block.length << 3) | 1, 6, 3);
  return new Bytes(Buffer.concat([head, block]));
}

test('a packed cluster is unpacked only in as much memory as a real one needs', async () => {
  expect((await unpack(zstdFrame(21), 'zstd')).length).toBe(600);
  for (const windowLog of [22, 27, 31, 41]) {
    expect((await unpack(zstdFrame(windowLog), 'zstd')).length).toBe(0);
  }
});
