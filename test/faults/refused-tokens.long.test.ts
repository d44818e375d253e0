import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { startFerry } from '../support/ferry.ts';
import { expectOnce, PATIENT, submitAll } from '../support/one-run.ts';
import { rawServer } from '../support/raw-server.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

const DEAD = { error_code: 'APIGW.0307', error_msg: 'The token must be updated' };

interface Gate {
  readonly url: string;
  refused(): number;
}

/** A gateway that lets calls through to IMS but for those that `refuses` picks, by their number. */
async function gateBefore(
  simulator: Simulator,
  refuses: (nth: number, method: string) => boolean,
): Promise<Gate> {
  let calls = 0;
  let refused = 0;
  const server = await rawServer((request, response, body) => {
    calls += 1;
    if (refuses(calls, request.method ?? 'GET')) {
      refused += 1;
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(DEAD));
      return;
    }
    const { method = 'GET', url = '/' } = request;
    const token = String(request.headers['x-auth-token'] ?? '');
    fetch(`${simulator.url}${url}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-auth-token': token },
      ...(method === 'POST' ? { body } : {}),
    })
      .then(async (answer) => {
        const date = answer.headers.get('date') ?? '';
        response.writeHead(answer.status, { date }).end(await answer.text());
      })
      .catch(() => response.destroy());
  });
  return { url: server.url, refused: () => refused };
}

test.each([
  { what: 'every third call', refuses: (nth: number) => nth % 3 === 0 },
  { what: 'every second call', refuses: (nth: number) => nth % 2 === 0 },
  { what: 'runs of calls', refuses: (nth: number) => nth % 10 > 6 },
])('401 to $what: slower, with one login a minute at most, and all is imported', async (row) => {
  const { what, refuses } = row;
  const simulator = await cloud({ duration: 300 });
  const gate = await gateBefore(simulator, refuses);
  const batch = `refused-${what.replaceAll(' ', '-')}`;
  const env = accountEnv(simulator, redis.url, {
    ...PATIENT,
    IMS_FERRY_NAMESPACE: batch,
    IMS_ENDPOINT: gate.url,
  });
  const workers = [startFerry(['work'], env), startFerry(['work'], env)];
  for (const worker of workers) await worker.says('worker started');
  const from = systemClock.monotonic();
  expectOnce(simulator, 8, await submitAll(batch, 8, env));
  const minutes = Math.ceil((systemClock.monotonic() - from) / 60_000);
  expect(gate.refused()).toBeGreaterThan(3);
  expect(simulator.stats.logins).toBeLessThanOrEqual(1 + minutes);
});

test('401 to all calls: they pause longer and longer, with two logins, and resume when it is over', async () => {
  const simulator = await cloud({ duration: 300 });
  let isOver = false;
  const gate = await gateBefore(simulator, () => !isOver);
  const env = accountEnv(simulator, redis.url, {
    ...PATIENT,
    IMS_FERRY_NAMESPACE: 'refused-all',
    IMS_ENDPOINT: gate.url,
  });
  const worker = startFerry(['work'], env);
  const waiting = submitAll('refused-all', 3, env);
  await worker.says('IMS refuses a token that IAM has just issued');
  await until(() => gate.refused() >= 6);
  isOver = true;
  expectOnce(simulator, 3, await waiting);
  expect(simulator.stats.logins).toBe(2);
});

test('401 to creates: all workers pause before the next one, longer each time', async () => {
  const simulator = await cloud({ duration: 300 });
  let isOver = false;
  const gate = await gateBefore(simulator, (_, method) => method === 'POST' && !isOver);
  const namespace = 'refused-creates';
  const env = accountEnv(simulator, redis.url, {
    ...PATIENT,
    IMS_FERRY_NAMESPACE: namespace,
    IMS_ENDPOINT: gate.url,
  });
  startFerry(['work'], env);
  const waiting = submitAll(namespace, 3, env);
  const pauses = `{imsferry:${namespace}}:cool:submit:n`;
  await until(async () => Number(await redis.client.get(pauses)) >= 2);
  isOver = true;
  expectOnce(simulator, 3, await waiting);
  expect(simulator.stats.logins).toBe(2);
});
