import { describe, expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { HOST, openDashboard } from '../support/dashboard.ts';
import { type Ferry, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

async function ask(port: number, path: string): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: '' };
  }
}

/** An address of this machine where nothing listens. */
const NOWHERE = 'redis://127.0.0.1:2';

/** The port that a worker with `--health-port 0` has got. */
async function healthPort(worker: Ferry): Promise<number> {
  await worker.says('serving health and metrics');
  return Number(/"url":"http:\/\/127\.0\.0\.1:(\d+)/.exec(worker.stderr())?.[1]);
}

describe('a worker with --health-port', () => {
  test('is ready once it works, and counts what it asked of the cloud', async () => {
    const simulator = await cloud({ durationMs: 100 });
    const env = accountEnv(simulator, redis.url);
    const worker = startFerry(['work', '--health-port', '0'], env);
    const port = await healthPort(worker);
    await until(async () => (await ask(port, '/readyz')).status === 200);
    expect(JSON.parse((await ask(port, '/healthz')).text)).toEqual({ status: 'ok' });
    await runFerry(['submit', '--wait', await manifestFile('measured', 3)], env);
    const { text } = await ask(port, '/metrics');
    expect(text).toMatch(
      /imsferry_cloud_requests_total\{service="ims",operation="submit",outcome="ok",code="200"\} 3/,
    );
    expect(text).toMatch(
      /imsferry_cloud_requests_total\{service="iam",operation="login",outcome="ok",code="201"\} 1/,
    );
    expect(text).toMatch(
      /imsferry_image_changes_total\{from="creating",to="succeeded",code=""\} 3/,
    );
    expect(text).toMatch(/imsferry_import_seconds_count\{outcome="succeeded"\} 3/);
    expect(text).toMatch(/imsferry_detection_lag_seconds_count 3/);
    expect(text).toMatch(/imsferry_token_age_seconds \d/);
    const output = [text, (await ask(port, '/readyz')).text, worker.stderr()].join();
    for (const secret of [simulator.credentials.password, 'measured-1', 'QUFBQUFB']) {
      expect(text, secret).not.toContain(secret);
    }
    expect(output).not.toContain(simulator.credentials.password);
    expect(await worker.stop()).toBe(0);
  });

  test('says that it waits for Redis, before there is one', async () => {
    const simulator = await cloud({});
    const worker = startFerry(['work', '--health-port', '0'], accountEnv(simulator, NOWHERE));
    const port = await healthPort(worker);
    await until(async () => (await ask(port, '/readyz')).status === 503);
    expect(JSON.parse((await ask(port, '/readyz')).text)).toMatchObject({
      status: 'not ready',
      reasons: [{ code: 'REDIS', message: 'Waiting for Redis.' }],
    });
    expect((await ask(port, '/healthz')).status).toBe(200);
    expect(await worker.stop()).toBe(0);
  });

  test('says in one line that its port is taken', async () => {
    const simulator = await cloud({});
    const { port } = new URL(simulator.url);
    const env = accountEnv(simulator, redis.url);
    const { code, stderr } = await runFerry(['work', '--health-port', port], env);
    expect(code).toBe(2);
    expect(stderr).toContain(`port ${port}: it is in use`);
    expect(stderr).not.toMatch(/\bat .*\.ts/);
  });
});

describe('a dashboard', () => {
  test('shows its health without a login, and notes why nothing is submitted', async () => {
    const { app, project } = await openDashboard(redis.client);
    const headers = { host: HOST };
    expect((await app.inject({ url: '/healthz', headers })).statusCode).toBe(200);
    await project.stop({ reason: 'money', code: 'IMG.0041', message: 'no balance', at: 1 });
    const { statusCode, body } = await app.inject({ url: '/readyz', headers });
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      status: 'ready',
      notes: [{ code: 'IMG.0041', message: 'Nothing is submitted: no balance' }],
    });
    expect((await app.inject({ url: '/metrics', headers })).statusCode).toBe(401);
  });

  test('started as a command serves its pages, and refuses to be open to others', async () => {
    const env = { REDIS_URL: redis.url };
    const served = startFerry(['dashboard', '--port', '0'], env);
    await served.says('Dashboard: http://127.0.0.1:');
    const port = Number(/Dashboard: http:\/\/127\.0\.0\.1:(\d+)/.exec(served.stderr())?.[1]);
    expect((await ask(port, '/')).text).toContain('There is no batch yet');
    expect((await ask(port, '/metrics')).text).toContain('imsferry_in_flight 0');
    const second = await runFerry(['dashboard', '--port', String(port)], env);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`Port ${port} is taken.`);
    const open = await runFerry(['dashboard', '--host', '0.0.0.0'], env);
    expect(open.code).toBe(2);
    expect(open.stderr).toContain(
      'Without a login the dashboard is read-only and listens on localhost only',
    );
    expect(await served.stop()).toBe(0);
  });
});
