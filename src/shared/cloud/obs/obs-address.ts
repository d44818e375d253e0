const LITERAL = /^(localhost|\d+(\.\d+){3}|\[[0-9a-f:]+\])$/i;

/**
 * The URL of a bucket or an object. OBS: the bucket is a part of the host name. In the path it stands
 * where there is no name to put it before (an IP address), and where the bucket has dots: a
 * certificate for `*.obs.…` does not cover those.
 */
export function objectUrl(
  endpoint: string,
  { bucket, key = '' }: { readonly bucket: string; readonly key?: string },
): URL {
  const url = new URL(endpoint);
  const path = key.split('/').map(encodeSegment).join('/');
  const isInPath = LITERAL.test(url.hostname) || bucket.includes('.');
  if (isInPath) url.pathname = `/${bucket}/${path}`;
  else {
    url.hostname = `${bucket}.${url.hostname}`;
    url.pathname = `/${path}`;
  }
  return url;
}

/** As the signature wants it: RFC 3986, more than `encodeURIComponent` does. */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
