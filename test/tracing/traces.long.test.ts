import { describe, expect, test } from 'vitest';
import { Queues } from '../../src/shared/queues/queues.ts';
import { traceIds } from '../../src/shared/tracing/attempt-span.ts';
import { accountEnv, createsByMarker } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { attributeOf, type Sent, startCollector } from '../support/collector.ts';
import { runFerry, runFerryProcess, spawnFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** Submits and works until all have their outcome; answers what the collector was sent. */
async function traced(name: string, count: number, settings: Parameters<typeof cloud>[0] = {}) {
  const collector = await startCollector();
  const simulator = await cloud({ durationMs: 300, ...settings });
  const env = accountEnv(simulator, redis.url, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const file = await manifestFile(name, count);
  // Processes of their own, as people run them: tracing is set up once for a process.
  const worker = spawnFerry(['work'], env);
  const run = await runFerryProcess(['submit', '--wait', file], env);
  /**
   * Ends the worker once its spans have arrived: a process that is asked to end has half a second to
   * send what it still holds, and a busy machine may need more.
   */
  const end = async (attempts = 1): Promise<void> => {
    for (const key of createsByMarker(simulator).keys()) {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        await until(() => isWhole(collector.spans, key, attempt));
      }
    }
    worker.process.kill('SIGTERM');
    expect(await worker.exited).toBe(0);
  };
  return { ...collector, simulator, env, run, worker, end };
}

/** The trace of one attempt: its root, and everything that hangs in it. */
function traceOf(spans: readonly Sent[], key: string, attempt: number) {
  const { traceId, spanId } = traceIds('default', { key, attempt });
  const all = spans.filter((span) => span.traceId === traceId);
  return { all, root: all.find((span) => span.spanId === spanId) };
}

/** Its root has come, and everything that something hangs in. */
function isWhole(spans: readonly Sent[], key: string, attempt: number): boolean {
  const { all, root } = traceOf(spans, key, attempt);
  const ids = new Set(all.map(({ spanId }) => spanId));
  return root !== undefined && all.every(({ parentSpanId: id }) => !id || ids.has(id));
}

function expectConnected(all: readonly Sent[]): void {
  const ids = new Set(all.map(({ spanId }) => spanId));
  for (const { name, parentSpanId } of all) {
    if (parentSpanId) expect(ids.has(parentSpanId), `${name} hangs in nothing`).toBe(true);
  }
}

describe('an image has one trace', () => {
  test('from enqueue to outcome, with every call to IMS in it', async () => {
    const { spans, raw, simulator, run, end } = await traced('traced', 2);
    expect(run.code).toBe(0);
    await end();
    for (const key of createsByMarker(simulator).keys()) {
      const { all, root } = traceOf(spans, key, 1);
      expectConnected(all);
      expect(all.filter(({ parentSpanId }) => !parentSpanId)).toEqual([root]);
      const names = all.map(({ name }) => name);
      expect(names).toContain('ims submit');
      expect(names).toContain('ims job');
      expect(names.filter((name) => name === 'ims submit')).toHaveLength(1);
      expect(names.join()).toMatch(/process image-submit.*process image-poll/);
      expect(root && attributeOf(root, 'imsferry.state')).toBe('succeeded');
      for (const span of all) {
        expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(
          BigInt(root?.startTimeUnixNano ?? 0) - 1_000_000_000n,
        );
        // To continue later is no error.
        expect(span.events?.map(({ name }) => name) ?? []).not.toContain('exception');
      }
    }
    for (const secret of [simulator.credentials.password, 'x-auth-token', 'QUFBQUFB']) {
      expect(raw().toLowerCase(), secret).not.toContain(secret.toLowerCase());
    }
  });

  test('that says why it failed; another attempt has another trace', async () => {
    const { spans, simulator, env, run, end } = await traced('failing', 1, { failShare: 1 });
    expect(run.code).toBe(1);
    await runFerryProcess(['retry', 'failing'], env);
    await runFerryProcess(['submit', '--wait', await manifestFile('failing', 1)], env);
    await end(2);
    const [key = ''] = createsByMarker(simulator).keys();
    for (const attempt of [1, 2]) {
      const { all, root } = traceOf(spans, key, attempt);
      expectConnected(all);
      expect(root?.status?.code).toBe(2);
      expect(root && attributeOf(root, 'imsferry.attempt')).toBe(attempt);
      expect(all.filter(({ name }) => name === 'ims submit')).toHaveLength(1);
    }
  });
});

describe('traces', () => {
  test('are off by default: queue jobs carry nothing', async () => {
    const simulator = await cloud({ durationMs: 100 });
    const env = accountEnv(simulator, redis.url);
    const file = await manifestFile('untraced', 1);
    const { code } = await runFerry(['submit', file], env);
    expect(code).toBe(0);
    const queues = new Queues(redis.client, 'default');
    const [job] = await queues.submit.getJobs(['waiting']);
    expect(job?.opts.telemetry).toBeUndefined();
    await queues.close();
  });

  test('of a collector that is away hold nothing up, and are reported once', async () => {
    const simulator = await cloud({ durationMs: 100 });
    const env = accountEnv(simulator, redis.url, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    });
    const worker = startFerry(['work'], env);
    const { code } = await runFerry(['submit', '--wait', await manifestFile('away', 2)], env);
    expect(code).toBe(0);
    expect(await worker.stop()).toBe(0);
    expect(worker.stderr()).not.toMatch(/\bat .*\.m?js/);
    expect(worker.stderr().split('traces could not be sent').length).toBeLessThanOrEqual(2);
  });

  test('have ids that every process works out alike', () => {
    const ids = traceIds('default', { key: 'k', attempt: 1 });
    expect(ids).toEqual(traceIds('default', { key: 'k', attempt: 1 }));
    expect(ids.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(ids.spanId).toMatch(/^[0-9a-f]{16}$/);
    const others = [
      traceIds('other', { key: 'k', attempt: 1 }),
      traceIds('default', { key: 'k', attempt: 2 }),
      traceIds('default', { key: 'l', attempt: 1 }),
    ];
    for (const other of others) expect(other.traceId).not.toBe(ids.traceId);
  });
});
