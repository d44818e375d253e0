import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../src/shared/runtime/clock.ts';
import type { Random } from '../../src/shared/runtime/random.ts';
import type { FaultDice } from '../faults/fault-dice.ts';
import type { CreateFault, ReadFault } from '../faults/faults.ts';
import type { Accounts } from '../iam/accounts.ts';
import type { Caller } from '../iam/session.ts';
import type { Cloud } from '../ims/cloud.ts';
import type { SimulatorOptions } from '../options.ts';
import type { CallName } from './call-names.ts';
import type { Endpoint } from './endpoint.ts';

/** What the simulator counts. */
export interface Stats {
  /** Tokens that were issued. */
  logins: number;
  /** The same by method: `password`, `password+totp`, `token`, `assume_role`. */
  loginsBy: Record<string, number>;
  /** Logins that were refused, also while the account was locked. */
  failedLogins: number;
  /** Requests that came with a good signature instead of a token. */
  signed: number;
  /** Signatures that were refused. */
  failedSignatures: number;
  /** Creates that reached IMS, accepted or not. */
  posts: number;
  /** 429 answers. */
  throttled: number;
  /** Requests by kind: login, `create system`, job, list, image, quota, … */
  calls: Record<string, number>;
  /** Requests by region and interface: `eu-de public`. */
  endpoints: Record<string, number>;
  /** Faults that struck, by name. */
  faults: Record<string, number>;
}

export interface World {
  options: SimulatorOptions;
  /** What it was started with; a reset returns to it. */
  readonly initial: SimulatorOptions;
  /** Times that this world was restored from a file; randomness starts elsewhere after each. */
  starts: number;
  /** Resolves when everything so far is in the state file. */
  keep: () => Promise<void>;
  readonly clock: Clock;
  /** Aborted when the simulator is closed. */
  readonly closing: AbortSignal;
  stats: Stats;
  cloud: Cloud;
  accounts: Accounts;
  requestIds: Random;
  createDice: FaultDice<CreateFault>;
  readDice: FaultDice<ReadFault>;
  deleteDice: FaultDice<CreateFault>;
  /** Requests of the current second, for the gateway's limit. */
  window: { second: number; count: number };
}

export type BodyKind = 'none' | 'json' | 'bad' | 'too large';

/** One request, with everything that a route needs. */
export interface Call {
  readonly world: World;
  readonly request: IncomingMessage;
  /** The time that the answer is about; earlier than now for a stale read. */
  readonly now: number;
  readonly url: URL;
  /** The parts of the path that the route's pattern names. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly bodyKind: BodyKind;
  /** The raw body; empty if it was too large. */
  readonly raw: Buffer;
  readonly endpoint: Endpoint;
  /** The caller; known on secured routes. */
  readonly caller?: Caller;
  readonly requestId: string;
}

export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  /** Bytes instead of text, in pieces. */
  readonly pieces?: Iterable<Buffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A fault in the way the body is written. */
  readonly manner?: 'drip' | 'oversize';
}

/** What a route answers: a reply, a connection that is cut, or silence. */
export type Answer = Reply | 'drop' | 'hang';

export interface Route {
  readonly method: string;
  /** `/v1/:project/jobs/:job` */
  readonly path: string;
  /** Names the kind of call in the statistics. */
  readonly name: CallName;
  /** Needs a valid token or signature of a user, or of one in a project. */
  readonly secured: 'no' | 'user' | 'project';
  readonly handle: (call: Call) => Answer;
}

/** The project of the token or key; on routes without a login, the first one. */
export function projectIdOf({ caller, world }: Call): string {
  return caller?.scope.kind === 'project' ? caller.scope.project.id : world.options.projectId;
}
