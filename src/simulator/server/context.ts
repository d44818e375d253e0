import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Random } from '../../shared/runtime/random.ts';
import type { Accounts } from '../iam/accounts.ts';
import type { Cloud } from '../ims/cloud.ts';
import type { SimulatorOptions } from '../options.ts';

/** What the simulator counts, for tests and for the curious. */
export interface Stats {
  logins: number;
  failedLogins: number;
  posts: number;
  throttled: number;
  /** Requests by method and route pattern. */
  calls: Record<string, number>;
}

export interface World {
  options: SimulatorOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly cloud: Cloud;
  readonly accounts: Accounts;
  readonly stats: Stats;
}

/** One request with what a route needs of it. */
export interface Call {
  readonly world: World;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** The parts of the path that the route's pattern names. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly requestId: string;
}

/** What a route answers; `undefined` when it has dealt with the socket itself. */
export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Reply | undefined | Promise<Reply | undefined>;

export interface Route {
  readonly method: string;
  /** `/v1/:project/jobs/:job` */
  readonly path: string;
  /** Names the kind of call in the statistics. */
  readonly name: string;
  /** Needs a valid token. */
  readonly secured: boolean;
  readonly handle: Handler;
}

export function imsError(code: string, message: string, status = 400): Reply {
  return { status, json: { error: { message, code } } };
}

export function gatewayError(
  call: Call,
  error: { status: number; code: string; text: string },
): Reply {
  const prefix = call.world.options.gatewayPrefix;
  return {
    status: error.status,
    json: {
      error_msg: error.text,
      error_code: `${prefix}.${error.code}`,
      request_id: call.requestId,
    },
  };
}
