import { noteSecret } from '../errors/known-secrets.ts';
import { addressFault } from './clean-value.ts';
import type { EnvReader } from './env-reader.ts';

/** How the services are reached over the network. */
export interface NetworkConfig {
  /** PEM, beside the CAs that Node knows. */
  readonly ca?: string;
  /** Our certificate and its key, in PEM. */
  readonly client?: { readonly cert: string; readonly key: string };
  readonly proxy?: ProxyConfig;
}

/** Proxies by the scheme of what is called; their URLs may hold a password. */
export interface ProxyConfig {
  readonly https?: string;
  readonly http?: string;
  /** Hosts that are reached without one, as curl has it. */
  readonly noProxy: string;
}

/** As curl reads them: the name in lower case wins; `HTTP_PROXY` counts for plain http only. */
export function proxyOf(read: EnvReader): ProxyConfig | undefined {
  const all = proxyUrl(read, 'ALL_PROXY');
  const https = proxyUrl(read, 'HTTPS_PROXY') ?? all;
  const http = proxyUrl(read, 'HTTP_PROXY') ?? all;
  if (https === undefined && http === undefined) return undefined;
  return {
    noProxy: either(read, 'NO_PROXY') ?? '',
    ...(https === undefined ? {} : { https }),
    ...(http === undefined ? {} : { http }),
  };
}

function either(read: EnvReader, name: string): string | undefined {
  return read.text(name.toLowerCase()) ?? read.text(name);
}

/** The value is never repeated: it may hold a password. */
function proxyUrl(read: EnvReader, name: string): string | undefined {
  const value = either(read, name);
  if (value === undefined) return undefined;
  const whole = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(whole) && !addressFault(value) ? new URL(whole) : undefined;
  const protocol = url?.protocol ?? '';
  noteSecret(url?.password);
  if (protocol === 'http:' || protocol === 'https:') return whole;
  const why = protocol.startsWith('socks') ? 'is a SOCKS proxy' : 'is no URL of a proxy';
  read.issues.push(`${name} ${why}; allowed is http://host:port or https://host:port`);
  return undefined;
}
