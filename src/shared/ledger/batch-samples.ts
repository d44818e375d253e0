import { z } from 'zod';
import { type FileFacts, parseFileFacts } from '../image/file-facts.ts';
import { IMAGE_KINDS, type ImageRequest } from '../image/image-request.ts';
import { isStatus } from '../state/machine.ts';
import { parseJson } from '../text/parse-json.ts';
import { execute, StorePart } from './scripts.ts';

/** An image of a batch, as far as the time it will take depends on it. */
export interface SampledImage {
  readonly request: Pick<ImageRequest, 'kind' | 'quick_import' | 'image_url' | 'min_disk'>;
  readonly file?: FileFacts;
  readonly isPending: boolean;
  /** 0 comes first. */
  readonly priority: number;
  /** All batches that have it. */
  readonly batches: readonly string[];
}

const requestSchema = z.object({
  kind: z.enum(IMAGE_KINDS),
  quick_import: z.boolean(),
  image_url: z.string(),
  min_disk: z.number(),
});
const optional = z.string().nullable();
const fieldsSchema = z.tuple([z.string(), z.string(), z.string(), optional, optional]);
const batchesSchema = z.array(z.string());

/** A few images that stand for a whole batch, however large it is. */
export class BatchSamples extends StorePart {
  /** Images of each batch, evenly spread over its manifest; in three round trips. */
  async of(
    batches: readonly string[],
    size: number,
  ): Promise<ReadonlyMap<string, readonly SampledImage[]>> {
    const counting = this.redis.pipeline();
    for (const batch of batches) counting.zcard(this.keys.members(batch));
    const totals = (await execute(counting, 'WRONGTYPE')).map(Number);
    const finding = this.redis.pipeline();
    const owners = batches.flatMap((batch, at) => {
      const total = totals[at] ?? 0;
      const count = Math.min(size, Number.isFinite(total) ? total : 0);
      for (let step = 0; step < count; step += 1) {
        const position = String(Math.floor(((step + 0.5) * total) / count));
        finding.zrange(this.keys.members(batch), position, position);
      }
      return Array.from({ length: count }, () => batch);
    });
    const found = z.array(z.array(z.string())).parse(await execute(finding));
    const reading = this.redis.pipeline();
    for (const [key = ''] of found) {
      reading.hmget(this.keys.import(key), 'request', 'state', 'batches', 'priority', 'file');
    }
    const images = (await execute(reading, 'WRONGTYPE')).map(sampled);
    return new Map(
      batches.map((batch) => [
        batch,
        images.flatMap((image, at) => (image && owners[at] === batch ? [image] : [])),
      ]),
    );
  }
}

/** `undefined` for one that is missing or damaged. */
function sampled(fields: unknown): SampledImage | undefined {
  const [text = '', state = '', names = '[]', priority = null, facts = null] =
    fieldsSchema.safeParse(fields).data ?? [];
  if (!isStatus(state)) return undefined;
  // People may have overwritten it.
  const request = requestSchema.safeParse(parseJson(text)).data;
  const batches = batchesSchema.safeParse(parseJson(names)).data ?? [];
  const file = parseFileFacts(facts ?? undefined);
  const more = { isPending: state === 'pending', priority: Number(priority ?? 0), batches };
  return request && { request, ...more, ...(file && { file }) };
}
