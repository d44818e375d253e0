import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderCsv } from '../../src/producer/report/render-csv.ts';
import { imageRequest } from '../support/images.ts';
import { entry, failed, reportOf, succeeded } from '../support/report-entries.ts';

/** RFC 4180, read character by character: knows nothing of the writer. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[index + 1] === '"') {
        cell += '"';
        index += 1;
      } else quoted = false;
    } else if (character === '"' && cell === '') quoted = true;
    else if (character === ',') {
      row.push(cell);
      cell = '';
    } else if (character === '\r' && text[index + 1] === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
      index += 1;
    } else cell += character;
  }
  expect({ row, cell, quoted }).toEqual({ row: [], cell: '', quoted: false });
  return rows;
}

function read(text: string): Record<string, string>[] {
  const [head = [], ...rows] = parseCsv(text);
  for (const row of rows) expect(row).toHaveLength(head.length);
  return rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index] ?? ''])));
}

test('a line for each image, its columns named in the first', () => {
  const rows = read(renderCsv(reportOf([succeeded('a'), failed('b'), entry('c', {})])));
  expect(rows).toMatchObject([
    { batch: 'spring', name: 'a', state: 'succeeded', in_ims_ms: '60000', image_id: 'image of a' },
    { name: 'b', error_code: 'IMG.0057', error_message: 'no such object', request_id: 'req-7' },
    { name: 'c', state: 'pending', submitted_at: '', finished_at: '', waiting_ms: '' },
  ]);
  expect(rows[0]).toMatchObject({
    registered_at: '2026-03-01T09:30:00.000Z',
    accepted_at: '2026-03-01T09:30:11.000Z',
  });
});

test('columns are only appended', () => {
  const [head = []] = parseCsv(renderCsv(reportOf([])));
  expect(head.join()).toBe(
    'batch,name,kind,quick_import,state,held,attempt,polls,registered_at,submitted_at,accepted_at,finished_at,waiting_ms,in_ims_ms,job_id,image_id,error_code,error_message,error_advice,request_id,key,image_url,os_version,sharing,shared_with,shared_of,sharing_text,differences,pruned_at,copy_of,copy_to,file_size,file_format,virtual_size',
  );
  const os_version = 'Ubuntu 22.04 server 64bit';
  const request = imageRequest('a', { os_version });
  const file = { bytes: 7, format: 'qcow2' } as const;
  const [row] = read(renderCsv(reportOf([{ ...succeeded('a'), request, file }])));
  expect(row).toMatchObject({ image_url: 'bucket:images/a.qcow2', os_version });
  expect(row).toMatchObject({ file_size: '7', file_format: 'qcow2', virtual_size: '' });
});

const HARMLESS = /^[^=+\-@\t\r]/;
const texts = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.stringMatching(/^[=+\-@\t\r'",\n a]{1,8}$/),
);

test('whatever a name or a message holds is read back, and is no formula', () => {
  fc.assert(
    fc.property(texts, texts, (name, message) => {
      const one = failed('b', { code: 'X', message });
      const [row] = read(renderCsv(reportOf([{ ...one, request: { ...one.request, name } }])));
      for (const [column, text] of [
        ['name', name],
        ['error_message', message],
      ] as const) {
        const safe = HARMLESS.test(text) ? text : `'${text}`;
        expect(row?.[column]).toBe(safe);
      }
    }),
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('%j does not begin a cell', (name) => {
  const text = renderCsv(reportOf([succeeded(name)]));
  expect(text).toContain(`'${name}`);
  for (const row of parseCsv(text))
    for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
});
