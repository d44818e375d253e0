import type { ListedObject } from '../cloud/obs/bucket-page.ts';
import type { PartAnswer } from '../cloud/obs/object-part.ts';
import type { ObsClient } from '../cloud/obs/obs-client.ts';
import type { ReadRange } from '../disk-file/disk-file.ts';

/** What is known of an object before it is read. */
export type FoundObject = Omit<ListedObject, 'key'>;

/** The first request reads this much: most headers need no second one. */
const FIRST_BYTES = 65_536;
/** A hostile header may lead anywhere: no object costs more than this. */
const MAX_REQUESTS = 24;
const MAX_BYTES_AT_ONCE = 1_048_576;

interface ObjectParts {
  readonly read: ReadRange;
  /** Why a part could not be read, once one could not. */
  readonly fault: string | undefined;
}

/** Reads parts of one object, and of this one only: when it is replaced meanwhile, reading fails. */
export function objectParts(
  obs: Pick<ObsClient, 'read'>,
  {
    bucket,
    key,
    object,
  }: { readonly bucket: string; readonly key: string; readonly object: FoundObject },
): ObjectParts {
  const { size, etag } = object;
  let requests = 0;
  let start: Promise<Uint8Array> | undefined;
  let fault: string | undefined;
  const fail = (message: string): never => {
    fault ??= message;
    throw new Error(message);
  };
  const fetchPart = async (offset: number, length: number): Promise<Uint8Array> => {
    requests += 1;
    if (requests > MAX_REQUESTS || length > MAX_BYTES_AT_ONCE) return fail(TOO_MUCH);
    const part = etag === undefined ? { offset, length } : { offset, length, etag };
    const answer = await obs.read(bucket, key, part);
    if (answer.kind !== 'read') return fail(explain(answer));
    return answer.size === size ? answer.bytes : fail(REPLACED);
  };
  const read: ReadRange = async (offset, length) => {
    const end = Math.min(offset + length, size);
    if (end <= offset) return new Uint8Array();
    const first = Math.min(FIRST_BYTES, size);
    if (end > first) return fetchPart(offset, end - offset);
    start ??= fetchPart(0, first);
    return (await start).subarray(offset, end);
  };
  return {
    read,
    get fault() {
      return fault;
    },
  };
}

const TOO_MUCH = 'its header leads to more parts of the file than any good one does';
const REPLACED = 'the object was replaced while it was being read';

function explain(answer: Exclude<PartAnswer, { readonly kind: 'read' }>): string {
  switch (answer.kind) {
    case 'changed':
      return answer.message;
    case 'missing':
      return 'the object was deleted meanwhile';
    case 'forbidden':
      return `our OBS keys may not read it: ${answer.message}`;
    case 'other-region':
      return `the bucket is in another region: ${answer.message}`;
    case 'failed':
      return `${answer.code}: ${answer.message}`;
  }
}
