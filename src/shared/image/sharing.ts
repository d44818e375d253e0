import { z } from 'zod';
import { parseJson } from '../text/parse-json.ts';

/** One project that an image is shared with. All but `adding` and `failed` are the words of IMS. */
const memberSchema = z.object({
  /** `adding`: IMS does not know it yet. `failed`: it is not tried any more. */
  status: z.enum(['adding', 'pending', 'accepted', 'rejected', 'failed']),
  code: z.string().exactOptional(),
  message: z.string().exactOptional(),
  /** Answers in a row that may have been refusals. */
  tries: z.number().exactOptional(),
});

const sharingSchema = z.object({
  /** `open`: something is still to be done or to happen. `failed`: some project does not have the image. */
  state: z.enum(['open', 'done', 'failed']),
  /** By the fleet's clock; absent: not looked at yet. */
  since: z.number().exactOptional(),
  /** Looks in a row that brought nothing new: the next one comes later. */
  checks: z.number(),
  /** By project id. */
  members: z.record(z.string(), memberSchema),
  /** Why the last look came to nothing, or why nobody accepts for a project. */
  problem: z.object({ code: z.string(), message: z.string() }).exactOptional(),
});

export type Member = Readonly<z.infer<typeof memberSchema>>;

/** How far an image is shared with the projects that its manifest names. */
export interface Sharing extends Readonly<Omit<z.infer<typeof sharingSchema>, 'members'>> {
  readonly members: Readonly<Record<string, Member>>;
}

export const NOT_BEGUN: Sharing = { state: 'open', checks: 0, members: {} };

/** From a field of the ledger; anything odd is nothing known. */
export function parseSharing(text: string | undefined): Sharing | undefined {
  return text === undefined ? undefined : sharingSchema.safeParse(parseJson(text)).data;
}

/** The other way round, in one spelling. */
export function sharingText(sharing: Sharing): string {
  return JSON.stringify(sharing);
}
