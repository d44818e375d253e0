import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type SimulatorSettings, startSimulator } from '../../simulator/start-simulator.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { CREATE, cloud, PROJECT, SYSTEM } from './plain-cloud.ts';

async function stateFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'cloud.json');
}

const START = Date.UTC(2026, 0, 1);

/** A cloud that keeps its state; its clock starts at `now`. */
async function keeping(file: string, settings: SimulatorSettings = {}, now = START) {
  const time = { now };
  const made = await cloud(
    { stateFile: file, ...settings },
    { ...systemClock, now: () => time.now },
  );
  return { ...made, time };
}

test('jobs, images, tokens and counts are there after a restart, and imports went on meanwhile', async () => {
  const file = await stateFile();
  const first = await keeping(file);
  const { job_id } = (await first.post(CREATE, SYSTEM)).body;
  const [image = ''] = first.simulator.accepted[0]?.image_ids ?? [];
  first.time.now += 4000;
  await first.simulator.close();

  const next = await keeping(file, {}, START + 9000);
  const asBefore = { token: first.token };
  const jobPath = `/v1/${PROJECT}/jobs/${String(job_id)}`;
  expect((await next.call('GET', jobPath, asBefore)).body).toMatchObject({
    status: 'RUNNING',
    entities: { process_percent: 0.9 },
  });
  next.time.now += 1000;
  expect((await next.call('GET', jobPath, asBefore)).body['status']).toBe('SUCCESS');
  const found = await next.call('GET', `/v2/images/${image}`, asBefore);
  expect(found.body).toMatchObject({ status: 'active', name: SYSTEM.name });
  expect(next.simulator.accepted).toEqual(first.simulator.accepted);
  expect(next.simulator.stats).toMatchObject({ posts: 1, logins: 2 });
});

test('a create is in the file before its answer leaves', async () => {
  const file = await stateFile();
  const { post } = await keeping(file);
  const { job_id } = (await post(CREATE, SYSTEM)).body;
  const kept = JSON.parse(await readFile(file, 'utf8'));
  expect(kept.cloud.tasks).toMatchObject([{ jobId: job_id }]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a create whose answer is lost is in the file as well', async () => {
  const file = await stateFile();
  const { post } = await keeping(file, { nextCreates: { dropAfter: 1 } });
  await expect(post(CREATE, SYSTEM)).rejects.toThrow();
  const kept = JSON.parse(await readFile(file, 'utf8'));
  expect(kept.cloud.accepted).toHaveLength(1);
});

test('creates of all starts have different ids, also after a kill', async () => {
  const file = await stateFile();
  const ids = new Set<string>();
  for (let starts = 0; starts < 3; starts += 1) {
    const { post } = await keeping(file);
    for (const name of ['a', 'b']) {
      ids.add(String((await post(CREATE, { ...SYSTEM, name: `${name}${starts}` })).body['job_id']));
    }
  }
  expect(ids.size).toBe(6);
});

test('a late create, a stuck job, a deleted image and the quota survive', async () => {
  const file = await stateFile();
  const settings = { imageQuota: 3, createFaults: { lateMs: 5000 } };
  const first = await keeping(file, { ...settings, duration: 0 });
  await first.post(CREATE, SYSTEM);
  const [done = ''] = first.simulator.accepted[0]?.image_ids ?? [];
  await first.call('DELETE', `/v2/images/${done}`, { token: first.token });
  await first.post(CREATE, { ...SYSTEM, image_url: 'b-1:stuck.raw' });
  first.simulator.set({ nextCreates: { lateAccept: 1 } });
  await expect(first.post(CREATE, { ...SYSTEM, name: 'late' })).rejects.toThrow();
  await first.simulator.close();

  const next = await keeping(file, { ...settings, duration: 1000 }, START + 60_000);
  expect(next.simulator.accepted.map(({ name, late }) => [name, late])).toEqual([
    [SYSTEM.name, false],
    [SYSTEM.name, false],
    ['late', true],
  ]);
  expect((await next.get(`/v2/images/${done}`)).status).toBe(404);
  expect(next.simulator.state.cloud.inFlight()).toBe(1);
  expect((await next.post(CREATE, { ...SYSTEM, name: 'third' })).status).toBe(200);
  expect((await next.post(CREATE, { ...SYSTEM, name: 'fourth' })).body).toMatchObject({
    error: { code: 'IMG.0015' },
  });
});

test('many creates at once leave one whole file', async () => {
  const file = await stateFile();
  const { post } = await keeping(file);
  await Promise.all(
    Array.from({ length: 30 }, (_, at) => post(CREATE, { ...SYSTEM, name: `image-${at}` })),
  );
  expect(JSON.parse(await readFile(file, 'utf8')).cloud.tasks).toHaveLength(30);
  expect(await readdir(join(file, '..'))).toEqual(['cloud.json']);
});

test('a file of something else is refused and left alone', async () => {
  const file = await stateFile();
  for (const text of ['', '{', '{"format":"ims-ferry simulator 2"}']) {
    await writeFile(file, text);
    await expect(startSimulator({ stateFile: file })).rejects.toThrow('cannot read its state');
    expect(await readFile(file, 'utf8')).toBe(text);
  }
});

test('members and their log survive; a file of an older version has no such log', async () => {
  const file = await stateFile();
  const first = await keeping(file, { duration: 0 });
  await first.post(CREATE, SYSTEM);
  const [image = ''] = first.simulator.accepted[0]?.image_ids ?? [];
  const path = `/v2/images/${image}/members`;
  expect((await first.post(path, { member: 'partner' })).status).toBe(200);
  const { memberLog } = first.simulator.state.cloud;
  await first.simulator.close();

  const next = await keeping(file);
  const { body } = await next.call('GET', path, { token: first.token });
  expect(body).toMatchObject({ members: [{ member_id: 'partner', status: 'pending' }] });
  expect(memberLog).toHaveLength(1);
  expect(next.simulator.state.cloud.memberLog).toEqual(memberLog);
  await next.simulator.close();

  const kept = JSON.parse(await readFile(file, 'utf8'));
  delete kept.cloud.memberLog;
  await writeFile(file, JSON.stringify(kept));
  expect((await keeping(file)).simulator.state.cloud.memberLog).toEqual([]);
});

test('a missing folder is reported at the start', async () => {
  const file = join(await stateFile(), 'cloud.json');
  await expect(startSimulator({ stateFile: file })).rejects.toThrow('cannot keep its state');
});

test('so is a log that cannot be written', async () => {
  const file = join(await stateFile(), 'accepted.jsonl');
  await expect(startSimulator({ logFile: file })).rejects.toThrow('cannot write its log');
});
