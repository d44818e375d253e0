import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Delimiter, readRow } from '../../src/producer/spelling/csv-rows.ts';
import { readManifest } from '../support/read-manifest.ts';

const read = (text: string) => readManifest(text, 'wave.csv');
/** A row with every column of the schema. */
const ALL = [
  ['name', 'web'],
  ['image_url', 'a.raw'],
  ['bucket', 'my-bucket'],
  ['min_disk', '40'],
  ['kind', 'system'],
  ['quick_import', 'FALSE'],
  ['copy', '2'],
  ['priority', '7'],
  ['description', '"one, ""two"""'],
  ['os_type', 'Linux'],
  ['os_version', 'CentOS 7.6 64bit'],
  ['is_config', 'true'],
  ['is_config_init', 'False'],
  ['is_quick_import', 'false'],
  ['cmk_id', '12345678-90ab-4cde-8f01-234567890abc'],
  ['tags', 'team=storage; wave=1;plain;a.b'],
  ['type', 'ECS'],
  ['enterprise_project_id', '0'],
  ['max_ram', '2048'],
  ['min_ram', '0'],
  ['hw_firmware_type', 'bios'],
  ['architecture', 'x86'],
  ['data_images[0].image_url', 'obs://my-bucket/d.raw'],
  ['data_images[0].min_disk', '100'],
  ['data_images[0].is_quick_import', 'TRUE'],
  ['data_images[0].tags', 'c=d'],
  ['data_images[1].image_url', 'e.raw'],
  ['data_images[1].min_disk', '1'],
  ['license_type', ''],
] as const;

function table(cells: readonly (readonly [string, string])[], delimiter: string): string {
  return [0, 1].map((at) => cells.map((cell) => cell[at]).join(delimiter)).join('\r\n');
}

describe('a table in CSV', () => {
  test('may have a column for every field', () => {
    const [request] = read(table(ALL, ',')).requests;
    expect(request).toEqual({
      ...{ kind: 'system', quick_import: false, name: 'web', image_url: 'my-bucket:a.raw' },
      ...{ min_disk: 40, copy: 2, description: 'one, "two"', os_type: 'Linux', type: 'ECS' },
      ...{ os_version: 'CentOS 7.6 64bit', is_config: true, is_config_init: false },
      ...{ cmk_id: '12345678-90ab-4cde-8f01-234567890abc', enterprise_project_id: '0' },
      ...{ max_ram: 2048, min_ram: 0, hw_firmware_type: 'bios', architecture: 'x86' },
      tags: [
        ...[
          { key: 'team', value: 'storage' },
          { key: 'wave', value: '1' },
        ],
        ...[
          { key: 'plain', value: '' },
          { key: 'a', value: 'b' },
        ],
      ],
      data_images: [
        {
          ...{ image_url: 'my-bucket:d.raw', min_disk: 100, is_quick_import: true },
          tags: [{ key: 'c', value: 'd' }],
        },
        { image_url: 'my-bucket:e.raw', min_disk: 1 },
      ],
    });
  });

  test.each([
    ['commas', 'name,image_url,min_disk,tags\na,b-1:a.raw,40,x=1;y=2\nb,b-1:b.raw,50,\n'],
    [
      'semicolons, as Excel writes them in Germany',
      'name;image_url;min_disk;tags\na;b-1:a.raw;40;"x=1;y=2"\nb;b-1:b.raw;50;\n',
    ],
    ['tabs', 'name\timage_url\tmin_disk\ttags\na\tb-1:a.raw\t40\tx=1;y=2\nb\tb-1:b.raw\t50\t\n'],
    [
      'a byte order mark and CRLF',
      '\ufeffname,image_url,min_disk,tags\r\na,b-1:a.raw,40,x=1;y=2\r\nb,b-1:b.raw,50,\r\n',
    ],
    ['old line ends', 'name,image_url,min_disk,tags\ra,b-1:a.raw,40,x=1;y=2\rb,b-1:b.raw,50'],
    [
      'the line that Excel puts first',
      'sep=;\r\nname;image_url;min_disk;tags\r\na;b-1:a.raw;40;"x=1;y=2"\r\nb;b-1:b.raw;50',
    ],
    [
      'quotes and blanks',
      ' "name" , "image_url","min_disk",tags \n"a", b-1:a.raw ,"40","x=1;y=2"\n"b",b-1:b.raw,50\n',
    ],
    [
      'empty rows, cells and columns',
      'name,image_url,min_disk,tags,,\n\na,b-1:a.raw,40,x=1;y=2,,\n,,,,,\nb,b-1:b.raw,50\n\n',
    ],
  ])('with %s is read', (_, text) => {
    const { faults, requests } = read(text);
    expect(faults).toEqual([]);
    expect(requests).toMatchObject([
      {
        name: 'a',
        min_disk: 40,
        tags: [
          { key: 'x', value: '1' },
          { key: 'y', value: '2' },
        ],
      },
      { name: 'b', min_disk: 50 },
    ]);
  });

  test('names its batch after the file, and keeps digits in a name', () => {
    expect(read('name,image_url,min_disk\n007,b-1:a.raw,40')).toMatchObject({
      ...{ batch: 'wave', lines: [2], requests: [{ name: '007' }] },
    });
  });

  test.each([
    ['nmae,image_url,min_disk\na,b-1:a.raw,1', ['1:1 nmae: is not a field; did you mean name?']],
    ['name,url,min_disk\na,b-1:a.raw,1', ['1:6 url: is not a field; did you mean image_url?']],
    ['name,image_url,size\na,b-1:a.raw,1', ['1:16 size: is not a field; did you mean min_disk?']],
    [
      'name,image_url,min_disk,os_password\na,b-1:a.raw,1,s3cr3t',
      [expect.stringContaining('1:25 os_password: does not belong in a manifest')],
    ],
    [
      'image_url,min_disk,data_images[0].url\nb-1:a.raw,1,x',
      ['1:20 data_images[0].url: is not a field; did you mean image_url?'],
    ],
    ['name,image_url,name,min_disk\n', ['1:16 name: is the name of two columns; remove one']],
    [
      'image_url,min_disk,tags,image_tags\n',
      ['1:25 image_tags: is the name of two columns; remove one'],
    ],
    [
      'name,min_disk\na,1',
      [
        ' image_url: is missing; the first line names the columns, such as name,image_url,min_disk'.trim(),
      ].map((text) => `1:1 ${text}`),
    ],
    [
      'web,b-1:a.raw,40\n',
      [' names no field; the first line names the columns, such as name,image_url,min_disk'],
    ],
    ['name,image_url,min_disk\n', ['1:1 images: is empty: nothing to import']],
    ['', [' is empty: nothing to import']],
    [
      'image_url,min_disk\nb-1:a.raw,x40\n"b-1:b.raw",1.5',
      [
        '2:11 images[0].min_disk: is "x40"; it must be auto, or a whole number of GB from 1 to 1024 (data disks to 2048)',
        '3:13 images[1].min_disk: is "1.5"; it must be auto, or a whole number of GB from 1 to 1024 (data disks to 2048)',
      ],
    ],
    [
      'image_url,min_disk,is_config\nb-1:a.raw,1,yes',
      ['2:13 images[0].is_config: is "yes"; it must be true or false'],
    ],
    [
      'image_url,min_disk\nb-1:a.raw,1,2',
      ['2:13 a cell without a column; text with the delimiter in it needs quotes'],
    ],
    [
      'image_url,min_disk\n\n"b-1:a.raw,1\nb-1:b.raw,2\n',
      ['3:1 a quote opens here and never closes; its " is missing'],
    ],
    [
      'image_url,min_disk\n"b-1:a.raw"x,1\n',
      ['2:12 text after a closing quote; write "" for a quote inside'],
    ],
    [
      'image_url,min_disk,tags\nb-1:a.raw,1,"a=1;a=2"',
      ['2:13 images[0].image_tags[1]: repeats the key "a"; each key can be used once'],
    ],
    [
      'image_url,min_disk,description\nb-1:a.raw,1,"two\nlines"\nb-1:b.raw,0',
      [
        expect.stringContaining('2:13 images[0].description: has a line break'),
        expect.stringContaining('4:11 images[1].min_disk: is "0"'.replace('"0"', '0')),
      ],
    ],
    [
      'min_disk\n1',
      [
        '1:1 image_url: is missing; the first line names the columns, such as name,image_url,min_disk',
      ],
    ],
  ])('%j is refused at its place', (text, faults) => {
    expect(read(text).faults).toEqual(faults);
  });

  test('with more images than a manifest may have is refused before all of it is read', () => {
    const { faults } = read(`image_url,min_disk\n${'b-1:a,1\n'.repeat(200_001)}`);
    expect(faults).toEqual([
      '1:1 images: has more than 200000 rows, which is the limit; split it into several files',
    ]);
    const wrong = read(`image_url,min_disk\n${'b-1:a,1,x\n'.repeat(5000)}`);
    expect(wrong.faults).toHaveLength(51);
  });

  test('gives every cell that was written, whatever is in it', () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '"', ',', ';', '\t', '\n', '\r', 'é', '='),
    });
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 5,
    });
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    const delimiters = fc.constantFrom<Delimiter>(',', ';', '\t');
    fc.assert(
      fc.property(rows, ends, delimiters, (written, end, delimiter) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = written.map((row) => row.map(quoted).join(delimiter)).join(end);
        const found: string[][] = [];
        for (let at = 0; at < text.length; ) {
          const row = readRow(text, at, delimiter);
          expect(row.fault).toBeUndefined();
          found.push(row.cells.map((one) => one.text));
          for (const { start } of row.cells) expect(text[start]).toBe('"');
          at = row.end;
        }
        expect(found).toEqual(written.map((row) => row.map((text) => text.trim())));
      }),
    );
  });
});
