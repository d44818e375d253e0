import { createHash } from 'node:crypto';
import { keyOf } from '../iam/session.ts';
import { asCoded, codedReply } from '../server/coded-answer.ts';
import type { Call, Reply } from '../server/context.ts';
import { obsError } from '../server/errors.ts';
import { addressOf, bucketsXml, GIGABYTE, listXml, objectAt } from './objects.ts';
import { isSigned, signatureFault } from './signature.ts';

/** OBS: a signed HEAD or list; a HEAD without a signature, as of a public bucket. */
export function answerObs(call: Call): Reply {
  const { options, clock, stats } = call.world;
  const isHead = call.request.method === 'HEAD';
  const name = isHead ? 'obs HEAD' : 'obs GET';
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
  return isHead ? headObject(call) : listBucket(call);
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

function headObject(call: Call): Reply {
  const { bucket, key } = addressOf(call.request.headers.host ?? '', call.url.pathname);
  const headers = { 'x-obs-request-id': call.requestId, 'content-type': 'application/xml' };
  if (bucket === '' || key === '') return { status: 404, headers };
  const object = objectAt(call.world.options, bucket, key);
  const reachable = bucketStatus(call, bucket);
  if (reachable !== 200) return obsError(call, BUCKET_FAULTS[reachable]);
  const status = object.status ?? 200;
  if (status !== 200) return { status, headers };
  const etag = object.etag ?? createHash('md5').update(`${bucket}/${key}`).digest('hex');
  return {
    status,
    headers: {
      ...headers,
      'content-type': 'application/octet-stream',
      'content-length': String(object.size ?? GIGABYTE),
      etag: `"${etag}"`,
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      ...(object.storageClass ? { 'x-obs-storage-class': object.storageClass } : {}),
    },
  };
}
