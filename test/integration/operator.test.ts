import { describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

function envOf(simulator: Simulator, more: FerryEnv = {}): FerryEnv {
  return accountEnv(simulator, server.url, {
    IMS_FERRY_UNKNOWN_POLICY: 'hold',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '600',
    ...more,
  });
}

async function countsOf(batch: string, env: FerryEnv): Promise<Record<string, number>> {
  const { stdout } = await runFerry(['status', batch, '--json'], env);
  return (JSON.parse(stdout) as { counts: Record<string, number> }).counts;
}

describe('resolve', () => {
  test('explains what is held, and creates again where nothing was found', async () => {
    const simulator = await cloud({ duration: 200, nextCreates: { dropBefore: 2 } });
    const env = envOf(simulator);
    startFerry(['work'], env);
    const file = await manifestFile('held', 2);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(1);
    const survey = await runFerry(['resolve', 'held'], env);
    expect(survey.code).toBe(1);
    expect(survey.stdout).toContain('held-001: held since');
    expect(survey.stdout).toContain('nothing in the image list now');
    expect(survey.stdout).toContain(
      'How soon IMS lists an image in creation has not been measured yet',
    );
    expect(survey.stdout).toContain('ims-ferry resolve held --resubmit   create again');
    expect(simulator.stats.posts).toBe(2);
    const one = await runFerry(['resolve', 'held', '--fail', '--name', '*-001'], env);
    expect(one.stdout).toContain('held-001: failed');
    expect((await runFerry(['resolve', 'held', '--resubmit'], env)).code).toBe(0);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(1);
    expect(await countsOf('held', env)).toMatchObject({ succeeded: 1, failed: 1 });
    expect((await runFerry(['retry', 'held'], env)).stderr).toContain('1 image enqueued again');
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    expect((await runFerry(['resolve', 'held'], env)).stdout).toBe(
      'No unknown images in batch held.\n',
    );
    expect(simulator.accepted).toHaveLength(2);
  });

  test('creates nothing again whose image shows up late, and adopts it', async () => {
    const simulator = await cloud({
      duration: 100,
      listingDelayMs: 3_600_000,
      nextCreates: { dropAfter: 1 },
    });
    const env = envOf(simulator);
    startFerry(['work'], env);
    const file = await manifestFile('late', 1);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(1);
    simulator.set({ listingDelayMs: 0 });
    const again = await runFerry(['resolve', 'late', '--resubmit'], env);
    expect(again.stdout).toContain('skipped: its image is there');
    expect((await runFerry(['resolve', 'late', '--adopt'], env)).stdout).toContain('adopted');
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    expect(simulator.accepted).toHaveLength(1);
  });
});

test('cancel cancels images not yet submitted and lists those IMS can no longer cancel', async () => {
  const simulator = await cloud({ duration: 3_600_000 });
  const env = envOf(simulator, { IMS_FERRY_MAX_IN_FLIGHT: '1' });
  startFerry(['work'], env);
  const file = await manifestFile('taken-back', 4);
  await runFerry(['submit', file], env);
  await until(async () => (await countsOf('taken-back', env))['creating'] === 1);
  const { stderr } = await runFerry(['cancel', 'taken-back'], env);
  expect(stderr).toContain('3 images cancelled');
  expect(stderr).toContain('IMS, which has no call to cancel an import');
  expect(await countsOf('taken-back', env)).toMatchObject({ creating: 1, cancelled: 3 });
  simulator.set({ duration: 100 });
  simulator.finishAll();
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(1);
  expect(simulator.stats.posts).toBe(1);
  await runFerry(['retry', 'taken-back', '--cancelled'], env);
  await until(async () => (await countsOf('taken-back', env))['succeeded'] === 4);
  expect(simulator.accepted).toHaveLength(4);
});

test('a paused batch submits nothing more, its images are followed, resume continues', async () => {
  const simulator = await cloud({ duration: 500 });
  const env = envOf(simulator, { IMS_FERRY_MAX_IN_FLIGHT: '2' });
  const file = await manifestFile('pausing', 6);
  await runFerry(['submit', file], env);
  await runFerry(['pause', 'pausing'], env);
  startFerry(['work'], env);
  // Another batch shows that the worker is at work.
  const other = await manifestFile('other', 3);
  expect((await runFerry(['submit', '--wait', other], env)).code).toBe(0);
  expect(await countsOf('pausing', env)).toMatchObject({ pending: 6 });
  const { stderr } = await runFerry(['resume', 'pausing'], env);
  expect(stderr).toContain('Batch pausing is resumed');
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  expect(simulator.accepted).toHaveLength(9);
});

test('reconcile joins images and ledger: in order, double, orphan; --adopt takes over', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = envOf(simulator);
  const worker = startFerry(['work'], env);
  const file = await manifestFile('joined', 3);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  expect((await runFerry(['reconcile'], env)).stdout).toBe(
    '3 adopted: in the ledger as succeeded\n',
  );

  const marker = simulator.accepted[0]?.marker;
  const copy = { name: 'foreign-copy', tags: [`imsferry=${marker}`], image_url: 'bucket:x' };
  const added = { method: 'POST', body: JSON.stringify(copy) };
  await fetch(`${simulator.url}/_control/images`, added);
  const double = await runFerry(['reconcile', '--json'], env);
  expect(double.code).toBe(1);
  const { imports } = JSON.parse(double.stdout) as { imports: { verdict: string }[] };
  expect(imports.filter(({ verdict }) => verdict === 'adopted')).toHaveLength(2);
  expect(imports.filter(({ verdict }) => verdict === 'double')).toHaveLength(1);

  await worker.stop();
  await server.client.flushall();
  const { list: before = 0 } = simulator.stats.calls;
  expect((await runFerry(['reconcile'], env)).stdout).toContain(
    '2 orphan: no entry in this ledger',
  );
  // The list of the images with its empty last page, and that of those that are not registered.
  expect(simulator.stats.calls['list']).toBe(before + 3);
  await runFerry(['submit', file], env);
  expect((await runFerry(['reconcile', '--adopt'], env)).stderr).toContain('2 images adopted.');
  expect(await countsOf('joined', env)).toMatchObject({ succeeded: 2, pending: 1 });
  expect(doubles(simulator)).toEqual([]);
});
