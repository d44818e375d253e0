import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type Clock, systemClock } from '../shared/runtime/clock.ts';
import type { Accepted } from './ims/accepted-log.ts';
import type { SimulatorOptions } from './options.ts';
import type { Stats, World } from './server/context.ts';
import { confess, handleRequest } from './server/handle-request.ts';
import { changeOptions, createWorld, resetWorld } from './server/world.ts';
import type { SimulatorSettings } from './settings.ts';

export type { ObsObject } from './options.ts';
export type { SimulatorSettings } from './settings.ts';

export interface Simulator {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** What a client needs to log in. */
  readonly credentials: {
    readonly username: string;
    readonly password: string;
    readonly userDomainName: string;
    readonly projectName: string;
    readonly projectDomainName: string;
    readonly region: string;
    readonly accessKey: string;
    readonly secretKey: string;
    readonly temporaryAccessKey: string;
    readonly temporarySecretKey: string;
    readonly securityToken: string;
  };
  /** Everything it knows: options, images, tasks, tokens. To be read, not changed. */
  readonly state: Readonly<World>;
  /** The log of accepted creates, growing. */
  readonly accepted: readonly Accepted[];
  readonly stats: Readonly<Stats>;
  /** Most tasks that IMS had at work at once. */
  maxInFlight(): number;
  /** Changes switches and faults while it runs. */
  set(settings: SimulatorSettings): void;
  finishAll(): void;
  revokeTokens(): void;
  /** As after the start. */
  reset(): void;
  close(): Promise<void>;
}

/** What makes it speak https, in PEM. */
export interface Tls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Of the clients. */
  readonly ca?: string | Buffer;
  readonly requestCert?: boolean;
}

/** A stand-in for IAM, IMS and OBS on one port of loopback. Repeatable for one seed. */
export async function startSimulator(
  settings: SimulatorSettings = {},
  clock: Clock = systemClock,
  tls?: Tls,
): Promise<Simulator> {
  const closing = new AbortController();
  const scheme = tls ? 'https' : 'http';
  const world = createWorld(settings, { clock, closing: closing.signal, scheme });
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    handleRequest(world, request, response).catch((error: unknown) => confess(response, error));
  };
  const keep = { keepAliveTimeout: 60_000 };
  const server = tls ? createTlsServer({ ...keep, ...tls }, answer) : createServer(keep, answer);
  const port = await listen(server, world.options);
  const close = async (): Promise<void> => {
    closing.abort();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return simulatorOf(world, port, close);
}

function simulatorOf(world: World, port: number, close: () => Promise<void>): Simulator {
  return {
    url: `${world.scheme}://${hostOf(world.options)}:${port}`,
    port,
    credentials: credentialsOf(world.options),
    state: world,
    get accepted() {
      world.cloud.takeArrivals(world.options);
      return world.cloud.accepted;
    },
    get stats() {
      return world.stats;
    },
    maxInFlight: () => world.cloud.maxInFlight,
    set: (changes) => changeOptions(world, changes),
    finishAll: () => world.cloud.finishAll(),
    revokeTokens: () => world.accounts.revokeAll(),
    reset: () => resetWorld(world),
    close,
  };
}

/** Whoever listens everywhere is reached on this machine too. */
function hostOf({ host }: SimulatorOptions): string {
  if (host.includes(':')) return host === '::' ? '127.0.0.1' : `[${host}]`;
  return host === '0.0.0.0' ? '127.0.0.1' : host;
}

async function listen(server: Server, options: SimulatorOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return address.port;
}

function credentialsOf(options: SimulatorOptions): Simulator['credentials'] {
  return {
    username: options.username,
    password: options.password,
    userDomainName: options.domain,
    projectName: options.project,
    projectDomainName: options.domain,
    region: options.region,
    accessKey: options.accessKey,
    secretKey: options.secretKey,
    temporaryAccessKey: options.temporaryAccessKey,
    temporarySecretKey: options.temporarySecretKey,
    securityToken: options.securityToken,
  };
}
