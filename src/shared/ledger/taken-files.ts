import { z } from 'zod';
import { parseJson } from '../text/parse-json.ts';
import { StorePart } from './scripts.ts';

const takenSchema = z.object({
  /** Of its bytes, in hex. */
  sha256: z.string(),
  batch: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** How many of its images were left out: the same file again is looked at again. */
  leftOut: z.number().optional(),
});

/** A version of a manifest file whose images are registered, save those that were left out. */
export type TakenFile = Readonly<z.infer<typeof takenSchema>>;

/**
 * Which files of watched folders were taken, so that a restarted watcher has nothing to do. Nothing depends
 * on it: forgetting one registers its images once more, which changes nothing.
 */
export class TakenFiles extends StorePart {
  async get(file: string): Promise<TakenFile | undefined> {
    const text = await this.redis.hget(this.keys.files, file);
    // One that people have damaged counts as forgotten.
    return text === null ? undefined : takenSchema.safeParse(parseJson(text)).data;
  }

  /** The file is no longer in its folder: one that is dropped there is taken as a new one. */
  async forget(file: string): Promise<void> {
    await this.redis.hdel(this.keys.files, file);
  }

  async set(file: string, taken: TakenFile): Promise<void> {
    await this.redis.hset(this.keys.files, file, JSON.stringify(taken));
  }
}
