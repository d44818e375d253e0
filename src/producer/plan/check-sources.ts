import type { ObjectAnswer } from '../../shared/cloud/obs/obs-client.ts';
import type { ImageRequest } from '../../shared/image/image-request.ts';

/** `bad`: IMS would refuse it. `unread`: not known, OBS did not answer or did not let us look. */
export interface SourceVerdict {
  readonly state: 'good' | 'bad' | 'unread';
  /** Bytes. */
  readonly size: number | null;
  /** What is wrong and what to do; empty if it is good. */
  readonly message: string;
}

const GB = 1024 ** 3;
/** IMS: an image file has at most 128 GB; 1 TB with the fast import. */
const MAX_GB = 128;
const MAX_QUICK_GB = 1024;

/** Whether IMS can import from an object; pure. */
export function sourceVerdict(answer: ObjectAnswer, isQuick: boolean): SourceVerdict {
  switch (answer.kind) {
    case 'missing':
      return bad(null, 'the object does not exist');
    case 'forbidden': {
      // Our keys may belong to another user than the login with which IMS reads the object.
      const message = `our OBS keys may not read the object: ${answer.message}`;
      return { state: 'unread', size: null, message };
    }
    case 'other-region':
      return bad(null, `the bucket is in another region: ${answer.message}`);
    case 'failed':
      return { state: 'unread', size: null, message: `${answer.code}: ${answer.message}` };
    case 'found':
      return foundVerdict(answer, isQuick);
  }
}

function foundVerdict(
  { size, storageClass }: Extract<ObjectAnswer, { kind: 'found' }>,
  isQuick: boolean,
): SourceVerdict {
  const most = isQuick ? MAX_QUICK_GB : MAX_GB;
  if (size === 0) return bad(size, 'the object is empty');
  if (storageClass !== 'STANDARD') {
    return bad(size, `its storage class is ${storageClass}; IMS imports only from Standard`);
  }
  if (size <= most * GB) return { state: 'good', size, message: '' };
  const has = `it has ${Math.ceil(size / GB)} GB; the limit is ${most} GB`;
  return bad(size, isQuick ? has : `${has} (1 TB with quick_import)`);
}

function bad(size: number | null, message: string): SourceVerdict {
  return { state: 'bad', size, message };
}

/** Reads the size and storage class of one object (HEAD). */
export type LookAtObject = (bucket: string, key: string) => Promise<ObjectAnswer>;

const REQUESTS_AT_ONCE = 16;

/** Checks the objects of these images; an image is as bad as the worst of its files. */
export async function checkSources(
  requests: readonly ImageRequest[],
  look: LookAtObject,
  onProgress?: (done: number) => void,
): Promise<readonly SourceVerdict[]> {
  const verdicts: SourceVerdict[] = [];
  let [next, done] = [0, 0];
  const work = async (): Promise<void> => {
    for (let index = next++; index < requests.length; index = next++) {
      const request = requests[index];
      if (request) verdicts[index] = await checkImage(request, look);
      done += 1;
      onProgress?.(done);
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
  return verdicts;
}

async function checkImage(request: ImageRequest, look: LookAtObject): Promise<SourceVerdict> {
  const { image_url, quick_import, data_images = [] } = request;
  let worst = await checkUrl(image_url, quick_import, look);
  for (const disk of data_images) {
    if (worst.state === 'bad') break;
    const verdict = await checkUrl(disk.image_url, disk.is_quick_import ?? false, look);
    const message = `data disk ${disk.image_url}: ${verdict.message}`;
    if (verdict.state === 'bad' || (verdict.state === 'unread' && worst.state === 'good')) {
      worst = { ...verdict, message };
    }
  }
  return worst;
}

async function checkUrl(url: string, isQuick: boolean, look: LookAtObject): Promise<SourceVerdict> {
  const colon = url.indexOf(':');
  const [bucket, key] = [url.slice(0, colon), url.slice(colon + 1)];
  const verdict = sourceVerdict(await look(bucket, key), isQuick);
  if (verdict.state !== 'good' || !isQuick || !RAW.test(key)) return verdict;
  // IMS: a fast import of RAW needs the bitmap file beside it, with the same name.
  const bitmap = key.replace(RAW, '.mf');
  if ((await look(bucket, bitmap)).kind !== 'missing') return verdict;
  const why = 'is not in the bucket; the fast import of RAW needs it (IMG.0158)';
  return bad(verdict.size, `its bitmap file ${bitmap} ${why}`);
}

const RAW = /\.raw$/i;
