import { keyOf } from '../iam/session.ts';
import { asCoded, codedReply } from '../server/coded-answer.ts';
import type { Call, Reply } from '../server/context.ts';
import { obsError } from '../server/errors.ts';
import { rangeOf, readObject } from './object-content.ts';
import { addressOf, bucketsXml, listXml, objectAt } from './objects.ts';
import { isSigned, signatureFault } from './signature.ts';
import { etagOf, type StoredObject } from './stored-object.ts';

/** OBS: an object or a part of it, or a list; without a signature, as of a public bucket. */
export function answerObs(call: Call): Reply {
  const { options, clock, stats } = call.world;
  const { key } = addressOf(call.request.headers.host ?? '', call.url.pathname);
  const isHead = call.request.method === 'HEAD';
  const name = isHead ? 'obs HEAD' : key === '' ? 'obs GET' : 'obs read';
  stats.calls[name] = (stats.calls[name] ?? 0) + 1;
  const fault = isSigned(call.request)
    ? signatureFault(call.request, {
        now: clock.now(),
        keyOf: (accessKey) => keyOf(accessKey, options),
      })
    : undefined;
  if (fault) return obsError(call, fault);
  const coded = options.answers[name];
  if (coded !== undefined) return codedReply(call, asCoded(coded));
  return isHead || key !== '' ? answerObject(call) : listBucket(call);
}

function listBucket(call: Call): Reply {
  const { bucket } = addressOf(call.request.headers.host ?? '', call.url.pathname);
  if (bucket === '') return xmlPage(call, bucketsXml(call.world.options));
  const status = bucketStatus(call, bucket);
  if (status !== 200) return obsError(call, BUCKET_FAULTS[status]);
  const text = listXml(call.world.options, bucket, call.url.searchParams);
  if (text === undefined) {
    const message = 'The specified bucket does not exist';
    return obsError(call, { status: 404, code: 'NoSuchBucket', message });
  }
  return xmlPage(call, text);
}

function xmlPage(call: Call, text: string): Reply {
  const headers = { 'x-obs-request-id': call.requestId, 'content-type': 'application/xml' };
  return { status: 200, text, headers };
}

/** `forbidden-…` belongs to others, `elsewhere-…` is in another region. */
function bucketStatus({ world }: Call, bucket: string): 200 | 301 | 403 {
  if (bucket.startsWith('forbidden')) return 403;
  if (bucket.startsWith('elsewhere') && world.options.region !== 'elsewhere') return 301;
  return 200;
}

const BUCKET_FAULTS = {
  301: { status: 301, code: 'PermanentRedirect', message: 'The bucket is in another region' },
  403: { status: 403, code: 'AccessDenied', message: 'Access Denied' },
} as const;

/** HEAD or GET of an object; also parts of it, and only if it is still the one that is meant. */
function answerObject(call: Call): Reply {
  const { host = '', range } = call.request.headers;
  const { bucket, key } = addressOf(host, call.url.pathname);
  const headers = { 'x-obs-request-id': call.requestId, 'content-type': 'application/xml' };
  if (bucket === '' || key === '') return { status: 404, headers };
  const object = objectAt(call.world.options, bucket, key);
  const refused = refusalOf(call, object);
  if (refused) return refused;
  const wanted = rangeOf(range, object.size);
  if (wanted === 'outside') {
    const error = obsError(call, RANGE_OUTSIDE);
    return { ...error, headers: { ...error.headers, 'content-range': `bytes */${object.size}` } };
  }
  const { from, to } = wanted === 'none' ? { from: 0, to: object.size } : wanted;
  const found = {
    ...headers,
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'content-length': String(to - from),
    etag: `"${etagOf(object)}"`,
    'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    ...(object.storageClass ? { 'x-obs-storage-class': object.storageClass } : {}),
    ...(wanted === 'none' ? {} : { 'content-range': `bytes ${from}-${to - 1}/${object.size}` }),
  };
  const status = wanted === 'none' ? 200 : 206;
  if (call.request.method === 'HEAD') return { status, headers: found };
  return { status, headers: found, pieces: piecesOf(object, from, to) };
}

function refusalOf(call: Call, object: StoredObject): Reply | undefined {
  const reachable = bucketStatus(call, object.bucket);
  if (reachable !== 200) return obsError(call, BUCKET_FAULTS[reachable]);
  if (object.status === 404) return obsError(call, NO_SUCH_KEY);
  if (object.status === 403) return obsError(call, BUCKET_FAULTS[403]);
  const { 'if-match': ifMatch } = call.request.headers;
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== `"${etagOf(object)}"`) {
    return obsError(call, CHANGED);
  }
  // It has to be restored first.
  const isFrozen = object.storageClass === 'COLD' && call.request.method === 'GET';
  return isFrozen ? obsError(call, FROZEN) : undefined;
}

const NO_SUCH_KEY = {
  status: 404,
  code: 'NoSuchKey',
  message: 'The specified key does not exist',
} as const;
const CHANGED = {
  status: 412,
  code: 'PreconditionFailed',
  message: 'At least one of the pre-conditions you specified did not hold',
} as const;
const RANGE_OUTSIDE = {
  status: 416,
  code: 'InvalidRange',
  message: 'The requested range cannot be satisfied',
} as const;
const FROZEN = {
  status: 403,
  code: 'InvalidObjectState',
  message: 'The operation is not valid for the storage class of the object',
} as const;

const PIECE_BYTES = 65_536;

function* piecesOf(object: StoredObject, from: number, to: number): Generator<Buffer> {
  for (let at = from; at < to; at += PIECE_BYTES) {
    yield readObject(object, at, Math.min(to, at + PIECE_BYTES));
  }
}
