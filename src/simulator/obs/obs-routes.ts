import { createHash } from 'node:crypto';
import type { Call, Reply } from '../server/context.ts';
import { addressOf, objectAt } from './objects.ts';

const GIGABYTE = 1_073_741_824;

/** HEAD of an object, without a look at the signature. */
export function headObject(call: Call): Reply {
  const { bucket, key } = addressOf(call.request.headers.host ?? '', call.url.pathname);
  const headers = { 'x-obs-request-id': call.requestId, 'content-type': 'application/xml' };
  if (bucket === '' || key === '') return { status: 404, headers };
  const object = objectAt(call.world.options, bucket, key);
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
