import type { ObjectAnswer } from '../../shared/cloud/obs/obs-client.ts';

/** `bad`: IMS would refuse it. `unread`: nothing is known. */
export interface SourceVerdict {
  readonly state: 'good' | 'bad' | 'unread';
  /** Bytes. */
  readonly size: number | null;
  /** What is wrong and what to do; empty when it is good. */
  readonly message: string;
}

const GB = 1024 ** 3;
/** IMS: an image file has at most 128 GB; 1 TB by fast import. */
const MOST_GB = 128;
const MOST_QUICK_GB = 1024;

/** Whether IMS can import from an object; pure. */
export function sourceVerdict(answer: ObjectAnswer, isQuick: boolean): SourceVerdict {
  switch (answer.kind) {
    case 'missing':
      return bad(null, 'the object does not exist');
    case 'forbidden':
      return bad(null, `the object may not be read: ${answer.message}`);
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
  const most = isQuick ? MOST_QUICK_GB : MOST_GB;
  if (size === 0) return bad(size, 'the object is empty');
  if (storageClass !== 'STANDARD') {
    return bad(size, `its storage class is ${storageClass}; IMS imports from Standard only`);
  }
  if (size <= most * GB) return { state: 'good', size, message: '' };
  const has = `it has ${Math.ceil(size / GB)} GB; allowed are ${most} GB`;
  return bad(size, isQuick ? has : `${has}, 1 TB with quick_import`);
}

function bad(size: number | null, message: string): SourceVerdict {
  return { state: 'bad', size, message };
}
