import type { CloudConfig } from './config.ts';
import type { EnvReader } from './env-reader.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** IAM's URL with its version. */
export function authUrlOf(read: EnvReader): string {
  const url = endpointOf(read, 'OS_AUTH_URL', read.required('OS_AUTH_URL'));
  return url === '' || url.endsWith('/v3') ? url : `${url}/v3`;
}

/** The operator's override of the catalog, if there is one. */
export function imsEndpointOf(read: EnvReader): Partial<CloudConfig> {
  const value = read.text('IMS_ENDPOINT');
  if (value === undefined) return {};
  // The catalog names it without a version; many write one.
  return { imsEndpoint: endpointOf(read, 'IMS_ENDPOINT', value).replace(/\/v[12](\.\d)?$/, '') };
}

/** A URL of an operator's, checked; without a trailing slash. */
export function endpointOf(read: EnvReader, name: string, value: string): string {
  if (value === '') return value;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    read.issues.push(`${name} is no URL; allowed is https://host`);
  } else if (url.username !== '' || url.password !== '') {
    read.issues.push(`${name} holds a user or password; leave them out`);
  } else if (url.search !== '' || url.hash !== '') {
    read.issues.push(`${name} holds a ? or #; leave out what follows`);
  } else if (isPlainHttp(url) && !read.flag('IMS_FERRY_ALLOW_HTTP')) {
    read.issues.push(`${name} is plain http; allowed is https (http on loopback only)`);
  }
  return value.replace(/\/+$/, '');
}

function isPlainHttp(url: URL): boolean {
  return url.protocol === 'http:' && !LOOPBACK.test(url.hostname);
}
