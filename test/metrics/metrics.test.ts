import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codeLabels } from '../../src/shared/metrics/code-label.ts';
import { describeCall } from '../../src/shared/metrics/describe-call.ts';
import { createMetrics } from '../../src/shared/metrics/prometheus.ts';
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
  });
  return (await dashboard.look('/metrics')).body;
}

describe('metrics', () => {
  test('tell of the project as the ledger has it', async () => {
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

  test('count a call by what it was and how it ended, and name nothing else', () => {
    const call = (method: 'GET' | 'POST', path: string) =>
      ({ method, url: `https://ims.test${path}?name=secret-name` }) as const;
    const key = 'a'.repeat(32);
    for (const [method, path, result, expected] of [
      ['POST', '/v3/auth/tokens', answer(201, {}), 'iam login ok 201'],
      ['POST', '/v2/cloudimages/action', answer(200, {}), 'ims submit ok 200'],
      ['POST', '/v1/cloudimages/dataimages/action', answer(429), 'ims submit throttled 429'],
      [
        'GET',
        `/v1/${key}/jobs/${key}`,
        answer(404, { error: { code: 'IMG.0021', message: 'm' } }),
        'ims job refused IMG.0021',
      ],
      [
        'GET',
        `/v1/cloudimages/job/${key}`,
        answer(500, { error_code: 'APIGW.0601', error_msg: 'm' }),
        'ims job error APIGW.0601',
      ],
      ['GET', `/v1/cloudimages/job/${key}`, answer(403), 'ims job foreign 403'],
      ['GET', '/v2/cloudimages', answer(200), 'ims images foreign 200'],
      ['POST', '/v3/auth/tokens', answer(502), 'iam login foreign 502'],
      [
        'GET',
        `/v2/images/${key}`,
        answer(403, { error_code: 'APIG.0308' }),
        'ims image throttled APIG.0308',
      ],
      [
        'GET',
        '/v2/cloudimages',
        { kind: 'unclear', code: 'TIMEOUT', message: '' },
        'ims images unclear TIMEOUT',
      ],
      ['GET', '/v1/cloudimages/quota', answer(200, {}), 'ims quota ok 200'],
      ['GET', '/bucket/secret-key', answer(200), 'obs get ok 200'],
    ] as const) {
      const { service, operation, outcome, code } = describeCall(call(method, path), result);
      expect([service, operation, outcome, code].join(' ')).toBe(expected);
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

  test('of a process whose Redis is away are told all the same', async () => {
    const { exposed } = createMetrics({ now: () => 0 });
    const broken = { ...exposed, text: () => Promise.reject(new Error('away')) };
    const dashboard = await openDashboard(redis.client, { metrics: [exposed, broken] });
    expect((await dashboard.look('/metrics')).body).toContain('process_cpu');
  });
});
