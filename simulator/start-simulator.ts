import { appendFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { codeOf } from '../src/shared/errors/error-code.ts';
import { UsageError } from '../src/shared/errors/errors.ts';
import { type Clock, systemClock } from '../src/shared/runtime/clock.ts';
import type { Accepted, Deleted } from './ims/accepted-log.ts';
import type { Changed } from './ims/change-log.ts';
import type { ServerTls, SimulatorOptions, TemporaryKeys } from './options.ts';
import type { Stats, World } from './server/context.ts';
import { handleRequest, sendInternalError } from './server/handle-request.ts';
import { changeOptions, createWorld, resetWorld } from './server/world.ts';
import type { SimulatorSettings } from './settings.ts';
import { openStateFile } from './state/state-file.ts';

export type { ObsObject } from './options.ts';
export type { SimulatorSettings } from './settings.ts';

export interface Simulator {
  /** `http://127.0.0.1:PORT`, `https://…` with TLS; an IPv6 address in brackets. */
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
    /** Of IAM and of OBS. */
    readonly accessKey: string;
    readonly secretKey: string;
    readonly temporaryKeys: TemporaryKeys;
    readonly agencyName: string;
    /** The account that delegates, and its first project. */
    readonly agencyDomainName: string;
    readonly agencyProjectName: string;
  };
  /** Everything it knows: options, images, tasks, tokens. Read-only. */
  readonly state: Readonly<World>;
  /** The log of accepted creates, growing. */
  readonly accepted: readonly Accepted[];
  /** The log of changes of images that exist, growing. */
  readonly changes: readonly Changed[];
  /** The log of deleted images since the start, growing. */
  readonly deleted: readonly Deleted[];
  readonly stats: Readonly<Stats>;
  /** The most tasks that ran in IMS at once. */
  maxInFlight(): number;
  /** Changes switches and faults while it runs. */
  set(settings: SimulatorSettings): void;
  finishAll(): void;
  revokeTokens(): void;
  /** As after the start. */
  reset(): void;
  close(): Promise<void>;
}

/**
 * Simulates IAM, IMS and OBS on one port of loopback. The same seed gives the same cloud.
 * @throws UsageError when its state file or its log cannot be used
 */
export async function startSimulator(
  settings: SimulatorSettings = {},
  clock: Clock = systemClock,
): Promise<Simulator> {
  const closing = new AbortController();
  const world = createWorld(settings, clock, closing.signal);
  const { stateFile, logFile } = world.options;
  if (stateFile !== '') await openStateFile(world, stateFile);
  if (logFile !== '') await openLogFile(logFile);
  const server = serverFor(world.options.tls, (request, response) => {
    handleRequest(world, request, response).catch((error: unknown) =>
      sendInternalError(response, error),
    );
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listen(server, world.options);
  const close = async (): Promise<void> => {
    closing.abort();
    const closed = new Promise((resolve) => server.close(resolve));
    // Including those that never finished their TLS handshake.
    for (const socket of sockets) socket.destroy();
    await closed;
    await world.keep();
  };
  return simulatorOf(world, port, close);
}

/** A log that cannot be written would be noticed at the first create only. */
async function openLogFile(file: string): Promise<void> {
  await appendFile(file, '').catch((error: unknown) => {
    const what = `The simulator cannot write its log to ${file} (${codeOf(error)}).`;
    throw new UsageError(what, 'Name a file in a folder that can be written to.');
  });
}

const KEEP_ALIVE = { keepAliveTimeout: 60_000 };

function serverFor(tls: ServerTls | undefined, listener: RequestListener): Server {
  if (tls === undefined) return createServer(KEEP_ALIVE, listener);
  return createTlsServer({ ...KEEP_ALIVE, ...tls }, listener);
}

/** The address for clients on this machine. */
function urlOf({ host, tls }: SimulatorOptions, port: number): string {
  const name = ['0.0.0.0', '::', ''].includes(host) ? '127.0.0.1' : host;
  const written = name.includes(':') ? `[${name}]` : name;
  return `${tls ? 'https' : 'http'}://${written}:${port}`;
}

function simulatorOf(world: World, port: number, close: () => Promise<void>): Simulator {
  return {
    url: urlOf(world.options, port),
    port,
    credentials: credentialsOf(world.options),
    state: world,
    get accepted() {
      world.cloud.takeArrivals(world.options);
      return world.cloud.accepted;
    },
    get changes() {
      return world.cloud.changes;
    },
    get deleted() {
      return world.cloud.deleted;
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
  const { username, password, domain, project, region, agency } = options;
  const { accessKey, secretKey, temporaryKeys } = options;
  return {
    ...{ username, password, region, accessKey, secretKey, temporaryKeys },
    userDomainName: domain,
    projectName: project,
    projectDomainName: domain,
    agencyName: agency.name,
    agencyDomainName: agency.domain,
    agencyProjectName: agency.projects[0]?.name ?? '',
  };
}
