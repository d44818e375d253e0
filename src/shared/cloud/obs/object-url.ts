import { encodeUrlPart } from '../http/url-part.ts';

const LITERAL = /^(localhost|\d+(\.\d+){3}|\[[0-9a-f:]+\])$/i;

/**
 * The URL of a bucket or an object. OBS: the bucket is a part of the host name. It is in the path
 * if the host is an IP address, and if the bucket has dots: a certificate for `*.obs.…` does not cover
 * those.
 */
export function objectUrl(
  endpoint: string,
  { bucket, key = '' }: { readonly bucket: string; readonly key?: string },
): URL {
  const url = new URL(endpoint);
  const path = key.split('/').map(encodeUrlPart).join('/');
  const isInPath = LITERAL.test(url.hostname) || bucket.includes('.');
  if (isInPath) url.pathname = `/${bucket}/${path}`;
  else {
    url.hostname = `${bucket}.${url.hostname}`;
    url.pathname = `/${path}`;
  }
  return url;
}
