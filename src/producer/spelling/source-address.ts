/** An object of OBS under another spelling than `bucket:object`, as that; or why it is not one. */
export type Address =
  | { readonly ok: true; readonly source: string }
  | { readonly ok: false; readonly fault: string };

const EXAMPLE = 'write bucket:key, such as "my-bucket:images/web.qcow2"';
const WITH_USER = `contains a user name and a password (not shown here); ${EXAMPLE}`;
const WITH_QUERY =
  'has a query (not shown here: it may be a signature); end it before the ?, IMS reads the object with your own rights';

/** `undefined` for a text that is not an address. A fault never repeats the text: it may hold a secret. */
export function readAddress(text: string): Address | undefined {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  switch (scheme?.toLowerCase()) {
    case undefined:
      return undefined;
    case 'obs':
    case 's3':
      return ofBucket(rest);
    case 'https':
    case 'http':
      return ofUrl(rest);
    default:
      return no(`is a URL that is not one of OBS; ${EXAMPLE}`);
  }
}

const no = (fault: string): Address => ({ ok: false, fault });

/** `obs://bucket/key`, as obsutil and s3cmd write it: the key is literal, `%20` and all. */
function ofBucket(rest: string): Address {
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const key = slash < 0 ? '' : rest.slice(slash + 1);
  if (bucket.includes('@')) return no(WITH_USER);
  if (/\?[^?]*=/.test(key)) return no(WITH_QUERY);
  if (bucket === '' || bucket.includes(':')) return no('names no bucket; write obs://bucket/key');
  if (key === '') return no('names no object; write obs://bucket/key');
  return { ok: true, source: `${bucket}:${key}` };
}

/** `https://bucket.obs.REGION.DOMAIN/key` or `https://obs.REGION.DOMAIN/bucket/key`. */
function ofUrl(rest: string): Address {
  const [authority, afterHost] = splitAt(rest, /[/?#]/);
  const [path, tail] = splitAt(afterHost, /[?#]/);
  if (authority.includes('@')) return no(WITH_USER);
  const bucket = bucketOfHost(authority.toLowerCase().replace(/:(?:443|80)$/, ''));
  if (bucket === undefined) return no(`is a URL that is not one of OBS; ${EXAMPLE}`);
  if (tail.startsWith('?')) return no(WITH_QUERY);
  if (tail !== '') return no('has a # that ends the address; write %23 for one in the key');
  // A star that is written as %2A belongs to the name of an object: it is no pattern.
  if (/%(?:2a|3f)/i.test(path)) return no('names a key with * or ?, which IMS does not accept');
  const inPath = bucket === '' ? path.slice(1) : `${bucket}/${path.slice(1)}`;
  const slash = inPath.indexOf('/');
  const key = slash < 0 ? '' : decoded(inPath.slice(slash + 1));
  if (key === undefined) {
    return no('has a % without two hexadecimal digits of UTF-8 after it; write %25 for a % itself');
  }
  if (slash === 0) return no('names no bucket; write https://BUCKET.obs.REGION…/KEY');
  if (key === '') return no('names no object; write https://BUCKET.obs.REGION…/KEY');
  const named = inPath.slice(0, slash);
  return /[:%]/.test(named)
    ? no('has a bucket name with : or %; use a-z 0-9 - . (IMG.0109)')
    : { ok: true, source: `${named}:${key}` };
}

function splitAt(text: string, first: RegExp): readonly [before: string, from: string] {
  const at = text.search(first);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

const REGION = /^[a-z]{2}-[a-z0-9-]+$/;
/** Huawei: the address of OBS for all regions. */
const NO_REGION = new Set(['myhuaweicloud.com', 'myhuaweicloud.eu']);

/** Empty where the bucket is in the path; `undefined` for a host that is not one of OBS. */
function bucketOfHost(host: string): string | undefined {
  const labels = host.replace(/\.$/, '').split('.');
  // A bucket may have this word in its name.
  const at = labels.lastIndexOf('obs');
  const [region = '', ...domain] = labels.slice(at + 1);
  const isObs = REGION.test(region) && domain.length >= 2;
  if (at < 0 || host.includes(':') || !(isObs || NO_REGION.has([region, ...domain].join('.'))))
    return undefined;
  return labels.slice(0, at).join('.');
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * A source as `bucket:object`, which import keys are made of: every spelling of one object gives the
 * same text. What is no sound address stays as it is, and is refused as that.
 */
export function canonicalSource(text: string, bucket: string | undefined): string {
  const address = readAddress(text);
  if (address) return address.ok ? address.source : text;
  const colon = text.indexOf(':');
  // A bucket's name has no slash: before one, the colon is a part of the key.
  const isKey = colon < 0 || text.slice(0, colon).includes('/');
  return isKey && bucket !== undefined ? `${bucket}:${text}` : text;
}
