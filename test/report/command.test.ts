import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile, textFile } from '../support/manifest-file.ts';
import { runProgram } from '../support/programs.ts';
import { readXml } from '../support/read-xml.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

const MANIFEST = `name: mixed
defaults: { min_disk: 40 }
images:
  - { name: good, image_url: "bucket:ok/good.qcow2" }
  - { name: gone, image_url: "bucket:missing/gone.qcow2" }
`;

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'ims-ferry-report-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

test('a batch with a failure is reported in every format, and ends with 1', async () => {
  const env = accountEnv(await cloud({ duration: 200 }), server.url);
  startFerry(['work'], env);
  await runFerry(['submit', '--wait', await textFile('mixed.yaml', MANIFEST)], env);
  const report = async (...args: string[]) => {
    const { code, stdout, stderr } = await runFerry(['report', 'mixed', ...args], env);
    const why = 'Exit code 1: not every image has succeeded (1 succeeded, 1 failed).\n';
    expect({ code, stderr }).toEqual({ code: 1, stderr: args.length === 0 ? '' : why });
    return stdout;
  };

  const table = await report();
  expect(table).toContain('1 failed: IMG.0057');
  expect(table).toContain('Images  2: 1 succeeded, 1 failed\n');

  const json = JSON.parse(await report('--format', 'json'));
  expect(json).toMatchObject({ version: 1, batch: 'mixed', outcome: 'troubled', total: 2 });
  expect(JSON.parse(await report('--json'))).toMatchObject({ batch: 'mixed', total: 2 });
  const [good, gone] = json.images;
  expect(good).toMatchObject({ name: 'good', state: 'succeeded', error: null });
  expect(Date.parse(good.accepted_at)).toBeGreaterThanOrEqual(Date.parse(good.submitted_at));
  expect(good.in_ims_ms).toBeGreaterThan(0);
  expect(gone).toMatchObject({ name: 'gone', accepted_at: null, error: { code: 'IMG.0057' } });

  const csv = await report('--format', 'csv');
  expect(csv.split('\r\n')).toHaveLength(4);
  expect(csv.startsWith('batch,name,kind,')).toBe(true);

  const suites = readXml((await report('--format', 'junit')).trimEnd());
  expect(suites.attributes).toMatchObject({ tests: '2', failures: '1', errors: '0' });

  const html = await report('--format', 'html');
  expect(html.startsWith('<!doctype html>')).toBe(true);
  expect(html).toContain('1 of 2 imported · 1 failed');
});

test('a batch whose images all succeeded ends with 0, an unknown one with 2', async () => {
  const env = accountEnv(await cloud({ duration: 100 }), server.url);
  startFerry(['work'], env);
  await runFerry(['submit', '--wait', await manifestFile('fine', 2)], env);
  expect((await runFerry(['report', 'fine'], env)).code).toBe(0);
  const unknown = await runFerry(['report', 'fin'], env);
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toContain('There is no batch "fin".');
  const odd = await runFerry(['report', 'fine', '--format', 'pdf'], env);
  expect(odd.code).toBe(2);
  expect(odd.stderr).toContain('table, json, csv, junit, html');
});

test('the list of batches of a wrong name is not endless', async () => {
  const env = { REDIS_URL: server.url };
  for (let at = 1; at <= 33; at += 1) {
    await runFerry(['submit', await manifestFile(`batch-${at}`, 1)], env);
  }
  const { stderr } = await runFerry(['report', 'batch'], env);
  expect(stderr).toContain('batch-33, and 3 more.');
  expect(stderr.match(/batch-\d+/g)).toHaveLength(30);
});

test('a batch that is not finished ends with 1; no login is needed to say so', async () => {
  const env = { REDIS_URL: server.url };
  await runFerry(['submit', await manifestFile('open', 2)], env);
  const { code, stdout } = await runFerry(['report', 'open', '--format', 'json'], env);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'unfinished', ended_at: null });
});

test('a file is replaced as a whole, and nothing else is left beside it', async () => {
  const env = { REDIS_URL: server.url };
  await runFerry(['submit', await manifestFile('open', 2)], env);
  const place = await folder();
  const file = join(place, 'report.html');
  await writeFile(file, 'the old one');
  const args = ['report', 'open', '--format', 'html', '--output', file];
  const made = await runFerry(args, env);
  expect(made).toMatchObject({ code: 1, stdout: '' });
  expect(made.stderr).toContain(`Report on batch open written to ${file}\n`);
  expect(made.stderr).toContain('Exit code 1: not every image is finished (2 pending).');
  expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  expect(await readdir(place)).toEqual(['report.html']);
  const nowhere = join(place, 'not-there', 'report.html');
  const refused = await runFerry([...args.slice(0, -1), nowhere], env);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`The report cannot be written to ${nowhere} (ENOENT).`);
});

test('what is no regular file is written through, links are followed, and - is standard output', async () => {
  const env = { REDIS_URL: server.url };
  await runFerry(['submit', await manifestFile('open', 2)], env);
  const place = await folder();
  const csv = ['report', 'open', '--format', 'csv', '--output'];
  const { stdout } = await runFerry([...csv, '-'], env);
  expect(stdout).toMatch(/^batch,name,.*\r\n/);

  expect((await runFerry([...csv, '/dev/stdout'], env)).stdout).toBe(stdout);

  const pipe = join(place, 'pipe');
  await runProgram('mkfifo', [pipe]);
  const [read, written] = await Promise.all([
    readFile(pipe, 'utf8'),
    runFerry([...csv, pipe], env),
  ]);
  expect(written.code).toBe(1);
  expect(read).toBe(`${stdout.trimEnd()}\r\n`);
  expect((await lstat(pipe)).isFIFO()).toBe(true);

  await writeFile(join(place, 'file.csv'), 'old');
  await symlink('file.csv', join(place, 'near'));
  await symlink('near', join(place, 'link'));
  await runFerry([...csv, join(place, 'link')], env);
  expect((await lstat(join(place, 'link'))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(place, 'file.csv'), 'utf8')).toBe(read);

  await symlink('new.csv', join(place, 'dangling'));
  await runFerry([...csv, join(place, 'dangling')], env);
  expect(await readFile(join(place, 'new.csv'), 'utf8')).toBe(read);

  expect((await runFerry([...csv, '/dev/null'], env)).code).toBe(1);
  expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
  const refused = await runFerry([...csv, place], env);
  expect(refused.stderr).toContain(`The report cannot be written to ${place} (EISDIR).`);
  expect((await readdir(place)).toSorted()).toEqual([
    ...['dangling', 'file.csv', 'link', 'near', 'new.csv', 'pipe'],
  ]);
});

test.skipIf(!existsSync('/dev/shm'))('a link in /dev/shm is followed as any other', async () => {
  const env = { REDIS_URL: server.url };
  await runFerry(['submit', await manifestFile('open', 2)], env);
  const file = join(await folder(), 'file.csv');
  await writeFile(file, 'old');
  const shared = await mkdtemp('/dev/shm/ims-ferry-');
  onTestFinished(() => rm(shared, { recursive: true, force: true }));
  await symlink(file, join(shared, 'link'));
  await runFerry(['report', 'open', '--format', 'csv', '--output', join(shared, 'link')], env);
  expect(await readFile(file, 'utf8')).toMatch(/^batch,name/);
});
