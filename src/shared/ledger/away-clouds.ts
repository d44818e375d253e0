import { z } from 'zod';
import { parseJson } from '../text/parse-json.ts';
import { StorePart } from './scripts.ts';

const noteSchema = z.object({
  /** In words. */
  text: z.string(),
  /** Wall clock. */
  since: z.number(),
  at: z.number(),
});

/** A cloud that copies wait for, and why. */
export interface AwayCloud extends Readonly<z.infer<typeof noteSchema>> {
  readonly cloud: string;
}

/** A copy tries its cloud at least twice a minute: an older note is of copies that wait no more. */
const KEPT_MS = 2 * 60_000;

/** Clouds of copies that do not answer, for everything that shows why nothing moves. */
export class AwayClouds extends StorePart {
  /** Returns whether that is news. */
  async note(cloud: string, text: string, now: number): Promise<boolean> {
    const before = (await this.#all()).find((one) => one.cloud === cloud);
    const isFresh = before !== undefined && isKept(before, now);
    const note = JSON.stringify({ text, since: isFresh ? before.since : now, at: now });
    const added = await this.redis.hset(this.keys.away, cloud, note);
    // Of several that note it at the same time, one brings the news.
    return before ? !isFresh : added > 0;
  }

  /** It answers again; returns whether that is news. */
  async forget(cloud: string): Promise<boolean> {
    return (await this.redis.hdel(this.keys.away, cloud)) > 0;
  }

  async read(now: number): Promise<readonly AwayCloud[]> {
    return (await this.#all()).filter((one) => isKept(one, now));
  }

  async #all(): Promise<readonly AwayCloud[]> {
    const notes = Object.entries(await this.redis.hgetall(this.keys.away));
    return notes.flatMap(([cloud, text]) => {
      const note = noteSchema.safeParse(parseJson(text));
      return note.success ? [{ cloud, ...note.data }] : [];
    });
  }
}

function isKept({ at }: AwayCloud, now: number): boolean {
  return Math.abs(now - at) < KEPT_MS;
}
