import { withoutComments } from '../spelling/json-comments.ts';
import { readCsv } from '../spelling/read-csv.ts';
import { STANDARD_INPUT } from './batch-name.ts';
import { IMAGE_FIELDS } from './image-schema.ts';
import type { IssueInFile } from './issue.ts';
import { type ReadResult, readYaml } from './read-yaml.ts';

type ReadText = ReadResult & { readonly note?: IssueInFile; readonly isTable?: true };

/** The value of a text in YAML, JSON or CSV. */
export function readText(text: string, file: string): ReadText {
  const isCsv = /\.csv$/i.test(file) || (file === STANDARD_INPUT && looksLikeCsv(text));
  // Nothing at all is the same in each of them.
  if (isCsv && text.trim() !== '') return { ...readCsv(text), isTable: true };
  const { text: plain, first } = withoutComments(text);
  const read = readYaml(plain);
  if (first === undefined) return read;
  const lines = text.slice(0, first).split('\n');
  const place = { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  const message = 'JSON has no comments; this one and all others are ignored';
  return { ...read, note: { ...place, field: '', message } };
}

/** Its first line names several fields and nothing else. */
function looksLikeCsv(text: string): boolean {
  const [line = ''] = text.split('\n', 1);
  const names = line.split(/[,;\t]/).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
  if (/^sep=[,;\t]\r?$/i.test(line)) return true;
  return names.length > 1 && names.some((name) => IMAGE_FIELDS.includes(name));
}
