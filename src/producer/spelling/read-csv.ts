import { LIMITS, splitTag } from '../../shared/image/image-fields.ts';
import { DATA_IMAGE_FIELDS, IMAGE_FIELDS, NEEDED_FIELDS } from '../manifest/image-schema.ts';
import {
  fieldName,
  type IssueInFile,
  type Path,
  type Place,
  type PlaceOf,
} from '../manifest/issue.ts';
import type { ReadResult } from '../manifest/read-yaml.ts';
import { explainUnknownField } from '../manifest/unknown-field.ts';
import { NAME_LISTS } from './canonical-image.ts';
import { type Cell, type Delimiter, readRow } from './csv-rows.ts';
import { typedText } from './typed-text.ts';

const DISK = /^data_images\[([0-2])\]\.(\w+)$/;
const TAGS = ['tags', 'image_tags'];
const COLUMNS = IMAGE_FIELDS.filter((field) => field !== 'data_images' && field !== 'copies');
const EXAMPLE = 'the first line names the columns, such as name,image_url,min_disk';

/** Of more faults, the first are listed all the same. */
const MAX_FAULTS = 1000;
const TOO_MANY = {
  ...{ line: 1, column: 1, field: 'images' },
  message: `has more than ${LIMITS.images} rows, which is the limit; split it into several files`,
};

/** Images from CSV: a row for each, with the fields that the first row names. */
export function readCsv(text: string): ReadResult {
  const table = openTable(text);
  const faults = headerFaults(table);
  if (faults.length > 0) return { ok: false, faults };
  const images: unknown[] = [];
  const starts: number[] = [];
  for (let at = table.body; at < text.length; ) {
    const row = readRow(text, at, table.delimiter);
    const fault = row.fault ?? extraCell(row.cells, table);
    if (fault) {
      faults.push({ ...table.placeAt(fault.offset), field: '', message: fault.message });
    } else if (row.cells.some((cell) => cell.text !== '')) {
      images.push(imageOf(row.cells, table.columns));
      starts.push(at);
    }
    at = row.end;
    if (images.length > LIMITS.images) return { ok: false, faults: [TOO_MANY] };
    if (faults.length > MAX_FAULTS) break;
  }
  return faults.length > 0
    ? { ok: false, faults }
    : { ok: true, value: { images }, placeOf: placesIn(table, starts) };
}

interface Table {
  readonly text: string;
  readonly delimiter: Delimiter;
  readonly header: readonly Cell[];
  readonly columns: readonly string[];
  /** Where the rows of images begin. */
  readonly body: number;
  readonly placeAt: (offset: number) => Place;
}

function openTable(text: string): Table {
  // Excel writes its delimiter above the header, or takes that of the country.
  const [excel = '', chosen] = /^sep=([,;\t])\r?\n/i.exec(text) ?? [];
  const [line = ''] = text.slice(excel.length).split(/[\r\n]/, 1);
  const delimiter =
    ([';', '\t'] as const).find((one) => one === chosen || line.includes(one)) ?? ',';
  const header = readRow(text, excel.length, delimiter);
  const columns = header.cells.map((cell) => cell.text);
  return {
    text,
    delimiter,
    header: header.cells,
    columns,
    body: header.end,
    placeAt: places(text),
  };
}

function places(text: string): (offset: number) => Place {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function headerFaults({ header, columns, placeAt }: Table): IssueInFile[] {
  const wrong = (at: number, field: string, message: string): IssueInFile => ({
    ...placeAt(at),
    field: fieldName([field]),
    message,
  });
  if (!columns.some(isColumn)) return [wrong(0, '', `names no field; ${EXAMPLE}`)];
  const faults = header.flatMap(({ text, start }, at) => {
    // A column without a name at the end is what a spreadsheet leaves.
    if (text === '') return [];
    if (!isColumn(text)) return [wrong(start, text, explainColumn(text))];
    const same = columns.findIndex((other) => other === text || isTags(other, text));
    return same < at ? [wrong(start, text, 'is the name of two columns; remove one')] : [];
  });
  const missing = NEEDED_FIELDS.filter((field) => !columns.includes(field));
  const isTypo = faults.length > 0;
  return [
    ...faults,
    ...(isTypo ? [] : missing.map((one) => wrong(0, one, `is missing; ${EXAMPLE}`))),
  ];
}

function isColumn(name: string): boolean {
  const [, , field] = DISK.exec(name) ?? [];
  return COLUMNS.includes(name) || (field !== undefined && DATA_IMAGE_FIELDS.includes(field));
}

function explainColumn(name: string): string {
  const [, , field] = DISK.exec(name) ?? [];
  return field === undefined
    ? explainUnknownField(name, COLUMNS)
    : explainUnknownField(field, DATA_IMAGE_FIELDS);
}

function isTags(name: string, other: string): boolean {
  return TAGS.includes(name) && TAGS.includes(other);
}

function extraCell(cells: readonly Cell[], { columns }: Table) {
  const extra = cells.find(({ text }, at) => text !== '' && (columns[at] ?? '') === '');
  if (!extra) return undefined;
  const message = 'a cell without a column; text with the delimiter in it needs quotes';
  return { offset: extra.start, message };
}

function imageOf(cells: readonly Cell[], columns: readonly string[]): unknown {
  const image: Record<string, unknown> = {};
  const disks: Record<string, unknown>[] = [];
  for (const [at, { text }] of cells.entries()) {
    const column = columns[at] ?? '';
    if (text === '') continue;
    const [, disk, inDisk] = DISK.exec(column) ?? [];
    const owner = disk === undefined ? image : (disks[Number(disk)] ?? {});
    if (disk !== undefined) disks[Number(disk)] = owner;
    const field = inDisk ?? column;
    if (TAGS.includes(field)) owner['image_tags'] = tagsOf(text);
    else if (NAME_LISTS.includes(field)) owner[field] = partsOf(text);
    else owner[field] = typedText(field, text);
  }
  return disks.length === 0 ? image : { ...image, data_images: disks.filter((disk) => disk) };
}

/** `team=storage;wave=1`, or `team.storage` as in YAML. */
function tagsOf(text: string): unknown {
  return partsOf(text).map((part) => {
    const equals = part.indexOf('=');
    if (equals < 0) return splitTag(part);
    return { key: part.slice(0, equals).trim(), value: part.slice(equals + 1).trim() };
  });
}

function partsOf(text: string): readonly string[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The row is read again where the place of a cell is needed. */
function placesIn(
  { text, delimiter, columns, placeAt }: Table,
  starts: readonly number[],
): PlaceOf {
  return ([list, index, ...path]) => {
    const start = list === 'images' && typeof index === 'number' ? starts[index] : undefined;
    if (start === undefined) return placeAt(0);
    const column = columnOf(path);
    const at = columns.findIndex((name) => name === column || isTags(name, column));
    return placeAt(readRow(text, start, delimiter).cells[at]?.start ?? start);
  };
}

function columnOf([field, disk, inDisk]: Path): string {
  return field === 'data_images' ? `data_images[${disk}].${inDisk}` : String(field);
}
