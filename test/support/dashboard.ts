import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import type { DashboardDeps } from '../../src/dashboard/context.ts';
import { createDashboard } from '../../src/dashboard/create-dashboard.ts';
import { createLogger } from '../../src/shared/log/logger.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { type RegisteredParts, registered } from './ledger-parts.ts';

export const LOGIN = { user: 'ops', password: 'correct-horse-battery' } as const;
export const BASIC = `Basic ${Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64')}`;
export const HOST = '127.0.0.1:9300';

type Fields = Readonly<Record<string, string | readonly string[]>>;

export interface TestDashboard extends RegisteredParts {
  readonly app: FastifyInstance;
  readonly queues: Queues;
  /** Lines of the log, parsed. */
  readonly logged: readonly Readonly<Record<string, unknown>>[];
  /** As who has logged in and presses a button of the page. */
  press(url: string, fields?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>;
  /** The same where a field may have several values. */
  pressAll(url: string, fields: Fields): Promise<LightMyRequestResponse>;
  look(url: string): Promise<LightMyRequestResponse>;
}

export interface DashboardOptions extends Partial<DashboardDeps> {
  readonly batch?: string;
  readonly count?: number;
}

/** A dashboard with a login over a ledger of one batch; closed with its test. */
export async function openDashboard(
  redis: Redis,
  { batch = 'spring', count = 3, ...given }: DashboardOptions = {},
): Promise<TestDashboard> {
  const parts = await registered(redis, count, batch);
  const queues = new Queues(redis, 'test');
  const logged: Record<string, unknown>[] = [];
  const log = createLogger('debug', {
    write: (line) => logged.push(JSON.parse(line) as Record<string, unknown>),
  });
  const deps = { ...parts, redis, queues, log, clock: systemClock, lockMs: 2000 };
  const app = await createDashboard({ ...deps, config: { hosts: [], login: LOGIN }, ...given });
  onTestFinished(async () => {
    await app.close();
    await queues.close();
  });
  const pressAll = (url: string, fields: Fields) =>
    app.inject({
      method: 'POST',
      url,
      headers: {
        host: HOST,
        origin: `http://${HOST}`,
        authorization: BASIC,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams(
        Object.entries(fields).flatMap(([name, values]) =>
          [values].flat().map((value): [string, string] => [name, value]),
        ),
      ).toString(),
    });
  const press = (url: string, fields: Readonly<Record<string, string>> = {}) =>
    pressAll(url, fields);
  const look = (url: string) => app.inject({ url, headers: { host: HOST, authorization: BASIC } });
  return { ...parts, app, queues, logged, press, pressAll, look };
}
