import { noteSecret } from '../errors/known-secrets.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { NetworkConfig, ProxyConfig } from './cloud/cloud-config.ts';
import type { CloudReader } from './cloud/cloud-reader.ts';
import type { Field } from './cloud/fields.ts';
import { type Env, EnvReader } from './env-reader.ts';
import { type PemKind, pairFault, pemAt } from './named-files.ts';
import { addressFault } from './values.ts';

/** CA, client certificate and proxy for the cloud. Problems are collected in the reader. */
export function networkOf(read: CloudReader, env: Env): NetworkConfig {
  refuseUnverified(read);
  const pem = (field: Field, kind: PemKind) =>
    pemAt(read.text(field), kind, (why) => read.refuse(field, why));
  const ca = pem('caFile', 'certificate');
  const cert = pem('certFile', 'certificate');
  const keyField = read.text('keyFile') === undefined ? 'certFile' : 'keyFile';
  const key = cert && pem(keyField, 'private key');
  const fault = cert && key && pairFault(cert, key);
  if (fault) read.refuse(keyField, `does not fit: ${fault}`);
  if (read.text('certFile') === undefined && read.text('keyFile') !== undefined) {
    read.missing('certFile');
  }
  const proxies = new EnvReader(env);
  const proxy = proxyOf(proxies);
  read.issues.push(...proxies.issues);
  return omitUndefined({ proxy, ca, client: cert && key ? { cert, key } : undefined });
}

/** Without verification, anyone between us and IAM could read the password. */
function refuseUnverified(read: CloudReader): void {
  const insecure = read.text('insecure');
  const verify = read.text('verify');
  const why =
    'switches TLS verification off, which is not supported; name the CA with OS_CACERT (cacert)';
  if (insecure !== undefined && /^(1|true|yes|on)$/i.test(insecure)) read.refuse('insecure', why);
  if (verify !== undefined && /^(0|false|no|off)$/i.test(verify)) read.refuse('verify', why);
}

/** As curl reads them: the lower-case name wins; `HTTP_PROXY` is for plain http only. */
export function proxyOf(read: EnvReader): ProxyConfig | undefined {
  const all = proxyUrl(read, 'ALL_PROXY');
  const https = proxyUrl(read, 'HTTPS_PROXY') ?? all;
  const http = proxyUrl(read, 'HTTP_PROXY') ?? all;
  if (https === undefined && http === undefined) return undefined;
  return omitUndefined({ noProxy: eitherCase(read, 'NO_PROXY') ?? '', https, http });
}

function eitherCase(read: EnvReader, name: string): string | undefined {
  return read.text(name.toLowerCase()) ?? read.text(name);
}

/** Messages never repeat the value: it may hold a password. */
function proxyUrl(read: EnvReader, name: string): string | undefined {
  const value = eitherCase(read, name);
  if (value === undefined) return undefined;
  const address = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(address) && !addressFault(value) ? new URL(address) : undefined;
  const protocol = url?.protocol ?? '';
  noteSecret(url?.password);
  if (protocol === 'http:' || protocol === 'https:') return address;
  const why = protocol.startsWith('socks')
    ? 'is a SOCKS proxy, which is not supported'
    : 'is not the URL of a proxy';
  read.issues.push(`${name} ${why}; expected http://host:port or https://host:port`);
  return undefined;
}
