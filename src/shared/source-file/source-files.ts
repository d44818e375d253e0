import type { ObjectAnswer, ObsClient } from '../cloud/obs/obs-client.ts';
import type { DiskFile, RangedFile } from '../disk-file/disk-file.ts';
import { type FoundObject, objectParts } from './object-parts.ts';

/** `unread`: not known, and why. */
type HeaderAnswer =
  | { readonly kind: 'read'; readonly file: DiskFile }
  | { readonly kind: 'unread'; readonly message: string };

/** Where headers that were read before are kept. It may forget any of them, and never fails. */
export interface HeaderCache {
  get(url: string, of: Version): Promise<DiskFile | undefined>;
  set(url: string, of: Version, file: DiskFile): Promise<void>;
}

/** A header belongs to these only. */
export interface Version {
  readonly etag: string;
  readonly bytes: number;
}

/** The objects of manifests: each is looked at and read once, however many images name it. */
export interface SourceFiles {
  look(bucket: string, key: string): Promise<ObjectAnswer>;
  /** One page of a bucket's list. */
  readonly list: ObsClient['list'];
  /** What the header of an object says that was found. */
  header(bucket: string, key: string, object: FoundObject): Promise<HeaderAnswer>;
  /** The same, but reads no further header once it is late. */
  whileTimely(isLate: () => boolean): SourceFiles;
}

interface Reading {
  readonly obs: Pick<ObsClient, 'head' | 'list' | 'read'>;
  readonly readFile: (file: RangedFile) => Promise<DiskFile>;
  /** Absent: every header is read. */
  readonly cache?: HeaderCache;
}

export function createSourceFiles(reading: Reading): SourceFiles {
  const looks = new Map<string, Promise<ObjectAnswer>>();
  const headers = new Map<string, Promise<HeaderAnswer>>();
  const sources: SourceFiles = {
    list: reading.obs.list,
    look: (bucket, key) => once(looks, `${bucket}:${key}`, () => reading.obs.head(bucket, key)),
    header: (bucket, key, object) =>
      once(headers, `${bucket}:${key}`, () => cachedHeader(reading, { bucket, key, object })),
    whileTimely: (isLate) => ({
      ...sources,
      header: async (bucket, key, object) =>
        isLate() && !headers.has(`${bucket}:${key}`)
          ? TOO_LATE
          : sources.header(bucket, key, object),
    }),
  };
  return sources;
}

const TOO_LATE = {
  kind: 'unread',
  message: 'there was no time left for it; ims-ferry plan reads all of them',
} as const;

function once<T>(known: Map<string, Promise<T>>, url: string, ask: () => Promise<T>): Promise<T> {
  const answer = known.get(url) ?? ask();
  known.set(url, answer);
  return answer;
}

interface Source {
  readonly bucket: string;
  readonly key: string;
  readonly object: FoundObject;
}

async function cachedHeader(reading: Reading, source: Source): Promise<HeaderAnswer> {
  const { cache } = reading;
  const { etag, size: bytes } = source.object;
  if (!cache || etag === undefined) return readHeader(reading, source);
  const url = `${source.bucket}:${source.key}`;
  const kept = await cache.get(url, { etag, bytes });
  if (kept) return { kind: 'read', file: kept };
  const answer = await readHeader(reading, source);
  if (answer.kind === 'read') await cache.set(url, { etag, bytes }, answer.file);
  return answer;
}

async function readHeader({ obs, readFile }: Reading, source: Source): Promise<HeaderAnswer> {
  const parts = objectParts(obs, source);
  try {
    const file = await readFile({ bytes: source.object.size, read: parts.read });
    return { kind: 'read', file };
  } catch (error) {
    // Only what we could not read: anything else is a mistake in a parser, and is not hidden.
    if (parts.fault === undefined) throw error;
    return { kind: 'unread', message: parts.fault };
  }
}
