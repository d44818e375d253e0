import { describe, expect, test } from 'vitest';
import type { BatchStatus } from '../../src/producer/batch-status.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile, textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

async function statusOf(
  batch: string,
  env: Readonly<Record<string, string>>,
): Promise<BatchStatus> {
  const { stdout } = await runFerry(['status', batch, '--json'], env);
  return JSON.parse(stdout) as BatchStatus;
}

describe('two workers', () => {
  test('import 60 images with one login, at most 8 in flight, each once', async () => {
    const simulator = await cloud({ duration: { median: 700, sigma: 0.3 } });
    const env = accountEnv(simulator, redis.url, {
      IMS_FERRY_NAMESPACE: 'sixty',
      IMS_FERRY_MAX_IN_FLIGHT: '8',
    });
    startFerry(['work'], env);
    startFerry(['work'], env);
    const file = await manifestFile('sixty', 60);
    const { code, stderr } = await runFerry(['submit', '--wait', file], env);

    expect(stderr).toContain('60/60 done (60 succeeded)');
    expect(code).toBe(0);
    expect(simulator.accepted).toHaveLength(60);
    expect(doubles(simulator)).toEqual([]);
    expect(simulator.stats.logins).toBe(1);
    expect(simulator.maxInFlight()).toBeLessThanOrEqual(8);
    const status = await statusOf('sixty', env);
    expect(status.counts).toMatchObject({ succeeded: 60, pending: 0, failed: 0, unknown: 0 });
    expect(status.images).toHaveLength(60);
    for (const image of status.images) {
      expect(image).toMatchObject({ state: 'succeeded', held: false, attempt: 1, error: null });
      expect(image.job_id).toMatch(/^ff8080/);
      expect(image.image_id).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('the same manifest again creates nothing', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'again' });
    startFerry(['work'], env);
    const file = await manifestFile('again', 5);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    const second = await runFerry(['submit', '--wait', file], env);
    expect(second.stderr).toContain('0 of 5 images enqueued, 5 already imported');
    expect(second.code).toBe(0);
    expect(simulator.accepted).toHaveLength(5);
  });

  test('images that carry our marker are adopted when Redis was emptied', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'first' });
    const worker = startFerry(['work'], env);
    const file = await manifestFile('emptied', 6);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    await worker.stop();
    await redis.client.flushall();
    startFerry(['work'], env);
    const { code, stderr } = await runFerry(['submit', '--wait', file], env);
    expect(stderr).toContain('6/6 done (6 succeeded)');
    expect(code).toBe(0);
    expect(simulator.accepted).toHaveLength(6);
  });
});

describe('one IMS job with several images', () => {
  test('succeeds when the system disk and its data disks are all active', async () => {
    const simulator = await cloud({ duration: 300 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'disks' });
    startFerry(['work'], env);
    const file = await textFile(
      'disks.yaml',
      `images:
  - name: server
    image_url: bucket:server.qcow2
    min_disk: 40
    data_images:
      - { image_url: "bucket:one.qcow2", min_disk: 10 }
      - { image_url: "bucket:two.qcow2", min_disk: 10 }
`,
    );
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    expect(simulator.accepted).toHaveLength(1);
    const [main] = simulator.accepted[0]?.image_ids ?? [];
    const status = await statusOf('disks', env);
    expect(status.images[0]).toMatchObject({ state: 'succeeded', image_id: main });
  });
});

describe('what a person reads', () => {
  test('a failed image is named with its code, reason and advice; exit code 1', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'failing' });
    startFerry(['work'], env);
    const sync = await manifestFile('refused', 1, 'bucket:missing');
    const refused = await runFerry(['submit', '--wait', sync], env);
    expect(refused.stderr).toMatch(/failed refused-001: IMG\.0057: .+\(request \w+\)/);
    expect(refused.stderr).toContain('Check that the object exists');
    expect(refused.code).toBe(1);
    const later = await manifestFile('broken', 1, 'bucket:broken');
    const broken = await runFerry(['submit', '--wait', later], env);
    expect(broken.stderr).toContain('failed broken-001: IMG.0072: The image file format is not');
    expect(broken.code).toBe(1);
    const status = await statusOf('broken', env);
    expect(status.images[0]?.error?.code).toBe('IMG.0072');
  });

  test('a full quota stops the project once and names what is missing', async () => {
    const simulator = await cloud({ duration: 100, imageQuota: 4 });
    const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'quota' });
    const worker = startFerry(['work'], env);
    const file = await manifestFile('quota', 10);
    const { code, stderr } = await runFerry(['submit', '--wait', file], env);
    expect(code).toBe(1);
    // The first creates may be on their way back: how many it needs in the end is read below.
    expect(stderr).toMatch(/Stopped: IMG\.0015: .*This batch needs \d+, 0 free\./);
    expect(worker.stderr().match(/project stopped/g)).toHaveLength(1);
    expect(simulator.stats.posts).toBeLessThanOrEqual(4 + 8);
    // Whose create was refused last may still be on its way back.
    await until(async () => (await statusOf('quota', env)).counts.pending === 6);
    const status = await statusOf('quota', env);
    expect(status.stopped).toMatchObject({ code: 'IMG.0015', needs: 6, free: 0 });
    expect(status.counts).toMatchObject({ pending: 6, failed: 0 });

    simulator.set({ imageQuota: 100 });
    await runFerry(['resume'], env);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    expect(simulator.accepted).toHaveLength(10);
    expect(doubles(simulator)).toEqual([]);
  });
});
