import { z } from 'zod';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { parseJson } from '../text/parse-json.ts';

/** What is known of the file that an image is made of. Durations are learned by it. */
export interface FileFacts {
  /** Size of the object. */
  readonly bytes: number;
  /** Size of the disk in it; absent where its header was not read or does not say. */
  readonly virtualBytes?: number;
  /** `qcow2`, `vmdk`, …; absent where its header was not read. */
  readonly format?: string;
}

/** As IMS and `min_disk` count them, rounded up. */
export function wholeGb(bytes: number): number {
  return Math.ceil(bytes / 1024 ** 3);
}

const schema = z.object({
  bytes: z.number().int().nonnegative(),
  virtualBytes: z.number().int().nonnegative().optional(),
  format: z.string().max(16).optional(),
});

/** From a field of the ledger; anything odd is nothing known. */
export function parseFileFacts(text: string | undefined): FileFacts | undefined {
  if (text === undefined) return undefined;
  const { data } = schema.safeParse(parseJson(text));
  return data && omitUndefined(data);
}
