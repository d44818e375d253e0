import { createServer } from 'node:http';
import { type Clock, systemClock } from '../shared/runtime/clock.ts';
import { seededRandom } from '../shared/runtime/random.ts';
import { Accounts } from './iam/accounts.ts';
import { type Accepted, Cloud } from './ims/cloud.ts';
import {
  type CreateFaults,
  DEFAULT_OPTIONS,
  type ReadFaults,
  type SimulatorOptions,
} from './options.ts';
import type { Stats, World } from './server/context.ts';
import { handleRequest } from './server/handle-request.ts';

export type SimulatorSettings = Partial<
  Omit<SimulatorOptions, 'createFaults' | 'readFaults'> & {
    readonly createFaults: Partial<CreateFaults>;
    readonly readFaults: Partial<ReadFaults>;
  }
>;

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
  };
  /** The log of accepted creates, growing. */
  readonly accepted: readonly Accepted[];
  readonly stats: Readonly<Stats>;
  /** Most tasks that IMS had at work at once. */
  maxInFlight(): number;
  /** Changes switches and faults while it runs. */
  set(settings: SimulatorSettings): void;
  finishAll(): void;
  revokeTokens(): void;
  close(): Promise<void>;
}

/** A stand-in for IAM, IMS and OBS on one port of loopback. Repeatable for one seed. */
export async function startSimulator(
  settings: SimulatorSettings = {},
  clock: Clock = systemClock,
): Promise<Simulator> {
  const world = createWorld(settings, clock);
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    handleRequest(world, request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(world.options.port, world.options.host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    credentials: credentialsOf(world.options),
    accepted: world.cloud.accepted,
    stats: world.stats,
    maxInFlight: () => world.cloud.maxInFlight,
    set: (changes) => {
      world.options = merge(world.options, changes);
    },
    finishAll: () => world.cloud.finishAll(),
    revokeTokens: () => world.accounts.revokeAll(),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function createWorld(settings: SimulatorSettings, clock: Clock): World {
  const options = merge(DEFAULT_OPTIONS, settings);
  const random = seededRandom(options.seed);
  const stats = { logins: 0, failedLogins: 0, posts: 0, throttled: 0, calls: {} };
  const accounts = new Accounts(clock, random);
  return { options, clock, random, stats, accounts, cloud: new Cloud(clock, random) };
}

function merge(options: SimulatorOptions, changes: SimulatorSettings): SimulatorOptions {
  return {
    ...options,
    ...changes,
    createFaults: { ...options.createFaults, ...changes.createFaults },
    readFaults: { ...options.readFaults, ...changes.readFaults },
  };
}

function credentialsOf(options: SimulatorOptions): Simulator['credentials'] {
  return {
    username: options.username,
    password: options.password,
    userDomainName: options.domain,
    projectName: options.project,
    projectDomainName: options.domain,
    region: options.region,
  };
}
