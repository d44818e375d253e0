import { z } from 'zod';
import { parseJson } from '../text/parse-json.ts';
import type { RetentionRule } from './image-request.ts';

/** Rules as the ledger, archives and `--json` have them: with the names of the manifest. */
export const retentionRowsSchema = z
  .array(z.object({ family: z.string(), keep_last: z.number() }))
  .readonly();

export type RetentionRows = z.infer<typeof retentionRowsSchema>;

export function retentionRows(rules: readonly RetentionRule[]): RetentionRows {
  return rules.map(({ family, keepLast }) => ({ family, keep_last: keepLast }));
}

/** From a field of the ledger; anything odd is nothing known. */
export function parseRetention(text: string | undefined): RetentionRows | undefined {
  return text === undefined ? undefined : retentionRowsSchema.safeParse(parseJson(text)).data;
}
