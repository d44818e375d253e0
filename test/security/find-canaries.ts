import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';

/** Where something was found, and what. */
export type Hit = string;

/** Texts that must be nowhere, by a name that may be shown. */
export type Canaries = Readonly<Record<string, string>>;

/** A place that was searched: its name and all that is in it. */
export interface Place {
  readonly name: string;
  readonly content: Buffer | string;
}

/** Looks for every canary in every spelling; answers the places, never the canary. */
export function findCanaries(places: readonly Place[], canaries: Canaries): readonly Hit[] {
  return places.flatMap(({ name, content }) => {
    const bytes = Buffer.from(content);
    return Object.entries(canaries).flatMap(([canary, secret]) =>
      Object.entries(spellings(secret))
        .filter(([, spelled]) => bytes.includes(spelled))
        .map(([spelling]) => `${canary} (${spelling}) in ${name}`),
    );
  });
}

/** As it is, and as it looks inside of URLs, JSON, base64 at any offset, and hex. */
function spellings(secret: string): Readonly<Record<string, string>> {
  const inside = (offset: number): string => {
    const text = Buffer.from('x'.repeat(offset) + secret).toString('base64');
    // The first and the last characters depend on the neighbours.
    return text.slice(offset === 0 ? 0 : 4, -4);
  };
  return {
    plain: secret,
    url: encodeURIComponent(secret),
    json: JSON.stringify(secret).slice(1, -1),
    base64: inside(0),
    'base64 + 1': inside(1),
    'base64 + 2': inside(2),
    base64url: inside(0).replaceAll('+', '-').replaceAll('/', '_'),
    hex: Buffer.from(secret).toString('hex'),
  };
}

/** All of Redis: its dump and its append-only file byte by byte. */
export async function placesOfRedis(redis: Redis, folder: string): Promise<readonly Place[]> {
  // Compressed strings could hide what is looked for.
  await redis.config('SET', 'rdbcompression', 'no');
  await redis.save();
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  return Promise.all(
    files.map(async ({ parentPath, name }) => ({
      name: `Redis file ${name}`,
      content: await readFile(join(parentPath, name)),
    })),
  );
}

/** The command line that everybody on the machine may read. */
export async function placeOfProcess(pid: number | undefined): Promise<readonly Place[]> {
  const content = await readFile(`/proc/${pid}/cmdline`).catch(() => undefined);
  return content ? [{ name: 'the list of processes', content }] : [];
}
