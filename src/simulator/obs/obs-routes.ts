import type { Call, Reply } from '../server/context.ts';

const GIGABYTE = 1_073_741_824;

/** HEAD of an object, path style: everything is there but keys that hold `missing`. */
export function headObject(call: Call): Reply {
  const [, bucket = '', ...key] = decodeURIComponent(call.url.pathname).split('/');
  const path = key.join('/');
  if (bucket === '' || path === '' || path.includes('missing')) return { status: 404 };
  return {
    status: 200,
    headers: {
      'content-length': String(GIGABYTE),
      etag: '"d41d8cd98f00b204e9800998ecf8427e"',
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'x-obs-request-id': call.requestId,
      ...(path.includes('cold') ? { 'x-obs-storage-class': 'COLD' } : {}),
    },
  };
}
