import type { ObjectAnswer } from '../../shared/cloud/obs/obs-client.ts';
import { wholeGb } from '../../shared/image/file-facts.ts';

/** `bad`: IMS would refuse it. `unread`: not known, OBS did not answer or did not let us look. */
export interface ObjectVerdict {
  readonly state: 'good' | 'bad' | 'unread';
  /** Bytes. */
  readonly size: number | null;
  /** What is wrong and what to do; empty if it is good. */
  readonly message: string;
}

/** IMS: an image file has at most 128 GB; 1 TB with the fast import. */
const MAX_GB = 128;
const MAX_QUICK_GB = 1024;

/** Whether IMS can import from an object, whatever is in it; pure. */
export function objectVerdict(answer: ObjectAnswer, isQuick: boolean): ObjectVerdict {
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
): ObjectVerdict {
  const most = isQuick ? MAX_QUICK_GB : MAX_GB;
  if (size === 0) return bad(size, 'the object is empty');
  if (storageClass !== 'STANDARD') {
    return bad(size, `its storage class is ${storageClass}; IMS imports only from Standard`);
  }
  if (wholeGb(size) <= most) return { state: 'good', size, message: '' };
  const has = `it has ${wholeGb(size)} GB; the limit is ${most} GB`;
  return bad(size, isQuick ? has : `${has} (1 TB with quick_import)`);
}

function bad(size: number | null, message: string): ObjectVerdict {
  return { state: 'bad', size, message };
}
