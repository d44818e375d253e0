import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Simulator, SimulatorSettings } from '../../simulator/start-simulator.ts';
import type { Plan } from '../../src/producer/plan/plan.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { openDiskLab } from '../support/disk-files/lab.ts';
import { DISK_FILE_TOOLS, diskFileRows, makeDiskFiles } from '../support/disk-files/rows.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { needing } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

function envOf(simulator: Simulator) {
  const { accessKey, secretKey } = simulator.credentials;
  const keys = { OS_ACCESS_KEY: accessKey, OS_SECRET_KEY: secretKey, OBS_ENDPOINT: simulator.url };
  return accountEnv(simulator, redis.url, { ...keys, IMS_FERRY_SUBMIT_CHECKS: '1' });
}

async function account(settings: SimulatorSettings) {
  const simulator = await cloud({ duration: 100, ...settings });
  return { simulator, env: envOf(simulator) };
}

/** Of these a name or a setting decides, not the file alone. */
const BY_NAME = ['OTHER_FORMAT', 'FIRMWARE'];

describe('real image files in a bucket', needing(...DISK_FILE_TOOLS), () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ims-ferry-bucket-'));
    await mkdir(join(folder, 'real-files'));
    await makeDiskFiles(await openDiskLab(join(folder, 'real-files')));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('are judged right by plan, and read once: the second plan has them from Redis', async () => {
    const { simulator, env } = await account({ objectsFolder: folder });
    const images = diskFileRows.map(({ name, finds }) => {
      const iso =
        finds.format === 'iso' ? ', type: IsoImage, os_version: Debian GNU/Linux 10.0.0 64bit' : '';
      return `  - { name: "${name}", image_url: "real-files:${name}"${iso} }`;
    });
    const file = await textFile(
      'real.yaml',
      `defaults: { min_disk: 40 }\nimages:\n${images.join('\n')}\n`,
    );
    const { stdout } = await runFerry(['plan', '--json', file], env);
    const plan = JSON.parse(stdout) as Plan;
    expect(plan.images).toHaveLength(diskFileRows.length);
    for (const [at, { name, finds, faults }] of diskFileRows.entries()) {
      const { source, verdict } = plan.images[at] ?? {};
      if (source?.file?.size === 0) {
        // Nothing is read of it.
        expect(source.message).toBe('the object is empty');
        continue;
      }
      const codes = source?.findings.map(({ code }) => code) ?? [];
      expect([name, ...codes.filter((code) => !BY_NAME.includes(code))]).toEqual([name, ...faults]);
      const { virtualBytes, format } = finds;
      const size = virtualBytes === undefined ? {} : { virtual_size: virtualBytes };
      expect([name, source?.file]).toMatchObject([name, { format, ...size }]);
      const isBad = source?.findings.some(({ severity }) => severity === 'error');
      expect([name, verdict]).toEqual([name, isBad ? 'refused' : 'create']);
    }
    const { 'obs read': reads = 0 } = simulator.stats.calls;
    const again = await runFerry(['plan', '--json', file], env);
    expect(JSON.parse(again.stdout)).toEqual(plan);
    expect(simulator.stats.calls['obs read']).toBe(reads);
  });
});

const GB = 1024 ** 3;
const QCOW2_OVER_ANOTHER = Buffer.alloc(112);
QCOW2_OVER_ANOTHER.write('QFI\u00fb', 'latin1');
QCOW2_OVER_ANOTHER.writeUInt32BE(2, 4);
QCOW2_OVER_ANOTHER.writeBigUInt64BE(80n, 8);
QCOW2_OVER_ANOTHER.writeUInt32BE(10, 16);
QCOW2_OVER_ANOTHER.writeUInt32BE(16, 20);
QCOW2_OVER_ANOTHER.writeBigUInt64BE(BigInt(GB), 24);
QCOW2_OVER_ANOTHER.writeUInt32BE(2, 36);
QCOW2_OVER_ANOTHER.writeBigUInt64BE(196_608n, 40);
QCOW2_OVER_ANOTHER.writeBigUInt64BE(65_536n, 48);
QCOW2_OVER_ANOTHER.writeUInt32BE(1, 56);
QCOW2_OVER_ANOTHER.write('base.qcow2', 80);

const OBJECTS = {
  'bucket/good.qcow2': { size: GB, disk: 20 * GB },
  'bucket/large.qcow2': { size: GB, disk: 60 * GB },
  'bucket/over.qcow2': { size: GB, content: QCOW2_OVER_ANOTHER.toString('base64') },
};

const manifest = (disk: string | number) =>
  textFile(
    'three.yaml',
    `defaults: { min_disk: ${disk}, bucket: bucket }\nimages:\n${['good', 'large', 'over']
      .map((name) => `  - { name: ${name}, image_url: ${name}.qcow2 }`)
      .join('\n')}\n`,
  );

describe('files that IMS cannot import', () => {
  test('fail in IMS, and are left out where their headers are read first', async () => {
    const { simulator, env } = await account({ objects: OBJECTS });
    startFerry(['work'], env);
    const file = await manifest(40);
    const checked = await runFerry(['submit', '--wait', file], env);
    expect(checked.code).toBe(1);
    expect(checked.stderr).toContain('more than min_disk: 40; write min_disk: 60');
    expect(checked.stderr).toContain('it has the backing file base.qcow2; flatten it');
    expect(checked.stderr).toContain('three: 1/1 done (1 succeeded)');
    expect(simulator.stats.posts).toBe(1);
    const blind = await runFerry(['submit', '--wait', '--no-check', file], env);
    expect(blind.code).toBe(1);
    expect(blind.stderr).toContain('3/3 done (1 succeeded, 2 failed)');
    expect(blind.stderr).toContain('IMG.0055');
    expect(blind.stderr).toContain('IMG.0072');
  });

  test('are named by doctor, with what to do', async () => {
    const unfit = {
      'bucket/empty.qcow2': { size: 0 },
      'bucket/old.qcow2': { storageClass: 'COLD' as const },
    };
    const { env } = await account({ objects: { ...OBJECTS, ...unfit } });
    const { stdout } = await runFerry(['doctor', '--bucket', 'bucket'], env);
    expect(stdout).toContain('bucket:empty.qcow2 cannot be imported: the object is empty');
    expect(stdout).toContain('bucket:old.qcow2 cannot be imported: its storage class is COLD');
    expect(stdout).toContain('2 of 5 image files of bucket bucket have a good header');
    expect(stdout).toContain(
      'bucket:over.qcow2 cannot be imported: it has the backing file base.qcow2',
    );
  });
});

async function registeredSizes(): Promise<readonly number[]> {
  const keys = await redis.client.keys('*:i:*');
  const requests = await Promise.all(keys.map((key) => redis.client.hget(key, 'request')));
  return requests.map((text) => JSON.parse(text ?? '')['min_disk'] as number).toSorted();
}

describe('min_disk: auto', () => {
  test('is filled in by submit, and does not differ when it is submitted again', async () => {
    const { simulator, env } = await account({ objects: OBJECTS });
    startFerry(['work'], env);
    const file = await manifest('auto');
    const first = await runFerry(['submit', '--wait', file], env);
    expect(first.stderr).toContain('three: 2/2 done (2 succeeded)');
    expect(await registeredSizes()).toEqual([20, 60]);
    const without = { ...env, OS_ACCESS_KEY: '', OS_SECRET_KEY: '' };
    const keyless = await runFerry(['submit', file], without);
    expect(keyless.code).toBe(2);
    expect(keyless.stderr).toContain(`${file}:5:1 min_disk: is auto, which needs OBS credentials`);
    expect(keyless.stderr).not.toContain(`${file}:3:1`);
    simulator.set({ objects: {} });
    const again = await runFerry(['submit', file], env);
    expect(again.stderr).not.toContain('differs');
  });
});
