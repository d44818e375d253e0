import type { IncomingMessage } from 'node:http';
import type { Interface, SimulatorOptions } from '../options.ts';

/** The endpoint of a request: all regions and interfaces share one port and differ by a prefix. */
export interface Endpoint {
  readonly region: string;
  readonly face: Interface;
}

const PREFIX = /^(?:\/_region\/([^/]+))?(?:\/_(internal|admin))?(?=\/|$)/;

/** Removes `/_region/eu-nl` and `/_internal` from a path. */
export function splitEndpoint(
  path: string,
  { region }: SimulatorOptions,
): Endpoint & { readonly path: string } {
  const [prefix = '', named = region, face = 'public'] = PREFIX.exec(path) ?? [];
  return { region: named, face: face as Interface, path: path.slice(prefix.length) || '/' };
}

/** The address of an endpoint; the public one of the first region is the base itself. */
export function endpointUrl(
  base: string,
  { region, face }: Endpoint,
  options: SimulatorOptions,
): string {
  const where = region === options.region ? '' : `/_region/${region}`;
  return `${base}${where}${face === 'public' ? '' : `/_${face}`}`;
}

/** The address by which the client reached us, so that our URLs also work in a container. */
export function originOf({ headers, socket }: IncomingMessage): string {
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  return `${scheme}://${headers.host ?? `127.0.0.1:${socket.localPort ?? 0}`}`;
}
