import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CloudCall, NO_METRICS } from '../../src/shared/metrics/metrics.ts';
import { observedHttp } from '../../src/shared/metrics/observed-http.ts';
import { codeLabels, createMetrics } from '../../src/shared/metrics/prometheus.ts';
import { NO_TRACES } from '../../src/shared/tracing/traces.ts';
import { openDashboard } from '../support/dashboard.ts';
import { admitted } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const folder = new URL('../../docs/observability/', import.meta.url);
const file = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const answer = (status: number, body: unknown = undefined) =>
  ({ kind: 'answer', status, body, text: '' }) as const;

async function everything(): Promise<string> {
  const { exposed, metrics } = createMetrics({ now: () => 60_000 });
  metrics.token(0);
  const dashboard = await openDashboard(redis.client, { metrics: [exposed] });
  await admitted(dashboard, 0);
  const stop = { reason: 'quota', code: 'IMG.0015', message: 'full', at: 1 } as const;
  await dashboard.project.stop(stop);
  await dashboard.project.beat('w', {
    now: Date.now(),
    until: Date.now() + 60_000,
    maxInFlight: 7,
    submitRate: 60,
  });
  return (await dashboard.look('/metrics')).body;
}

describe('metrics', () => {
  test('show the project as in the ledger', async () => {
    const text = await everything();
    expect(text).toContain('imsferry_images{state="pending"} 2');
    expect(text).toContain('imsferry_images{state="submitting"} 1');
    expect(text).toContain('imsferry_in_flight 1');
    expect(text).toContain('imsferry_in_flight_limit 7');
    expect(text).toContain('imsferry_workers 1');
    expect(text).toContain('imsferry_stopped{code="IMG.0015"} 1');
    expect(text).toContain('imsferry_batches{state="running"} 1');
    expect(text).toContain('imsferry_queue_jobs{queue="submit",state="waiting"} 0');
    expect(text).toContain('imsferry_token_age_seconds 60');
  });

  test('are all described, and what is described is there', async () => {
    const there = new Set((await everything()).match(/(?<=# TYPE )imsferry_\w+/g));
    const described = new Set(file('README.md').match(/imsferry_\w+/g));
    expect(described).toEqual(there);
    const used = [file('alerts.yml'), file('grafana-dashboard.json'), file('alerts.test.yml')]
      .join()
      .match(/imsferry_\w+/g);
    for (const name of new Set(used)) {
      expect(there, name).toContain(name.replace(/_(bucket|sum|count)$/, ''));
    }
  });

  test('count a call by its name and how it ended, and name nothing else', async () => {
    for (const [service, operation, result, expected] of [
      ['iam', 'login', answer(201, {}), 'ok 201'],
      ['ims', 'submit', answer(200, {}), 'ok 200'],
      ['ims', 'submit', answer(429), 'throttled 429'],
      [
        'ims',
        'job',
        answer(404, { error: { code: 'IMG.0021', message: 'm' } }),
        'refused IMG.0021',
      ],
      ['ims', 'job', answer(500, { error_code: 'APIGW.0601', error_msg: 'm' }), 'error APIGW.0601'],
      ['ims', 'job', answer(403), 'foreign 403'],
      ['ims', 'images', answer(200), 'foreign 200'],
      ['iam', 'login', answer(502), 'foreign 502'],
      ['iam', 'catalog', answer(200, {}), 'ok 200'],
      ['ims', 'image', answer(403, { error_code: 'APIG.0308' }), 'throttled APIG.0308'],
      ['ims', 'images', { kind: 'unclear', code: 'TIMEOUT', message: '' }, 'unclear TIMEOUT'],
      ['ims', 'quota', answer(200, {}), 'ok 200'],
      ['obs', 'get', answer(200), 'ok 200'],
    ] as const) {
      const calls: CloudCall[] = [];
      const metrics = { ...NO_METRICS, called: (call: CloudCall) => void calls.push(call) };
      const http = observedHttp(
        { request: async () => result, close: async () => undefined },
        { metrics, traces: NO_TRACES, clock: { monotonic: () => 0 } },
      );
      const url = 'https://ims.test/secret-key?name=secret-name';
      expect(await http.request({ service, operation, method: 'GET', url })).toBe(result);
      const [outcome, code] = expected.split(' ');
      expect(calls).toEqual([{ service, operation, outcome, code, seconds: 0 }]);
    }
  });

  test('take codes for labels, and no more of them than there are', () => {
    const label = codeLabels();
    for (const code of ['IMG.0015', 'APIGW.0308', '429', 'TIMEOUT']) expect(label(code)).toBe(code);
    for (const code of ['', 'my password', 'x"} 1\n', 'IMG.0015 ', 'a'.repeat(60)]) {
      expect(label(code)).toBe('other');
    }
    const all = Array.from({ length: 500 }, (_, at) => label(`ABC.${1000 + at}`));
    expect(new Set(all).size).toBeLessThanOrEqual(201);
  });

  test('of a process whose Redis is away are served all the same', async () => {
    const { exposed } = createMetrics({ now: () => 0 });
    const broken = { ...exposed, text: () => Promise.reject(new Error('away')) };
    const dashboard = await openDashboard(redis.client, { metrics: [exposed, broken] });
    expect((await dashboard.look('/metrics')).body).toContain('process_cpu');
  });
});
