import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SAMPLE_CLOUDS } from '../../simulator/clouds-file.ts';
import type { Accepted, MemberAct } from '../../simulator/ims/accepted-log.ts';
import type { KeptWorld } from '../../simulator/state/kept-world.ts';
import { exported } from '../support/account.ts';
import { dropFolder } from '../support/drop-folder.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const NAMES = ['copy golden', 'copy golden-encrypted', 'system golden'];
const FERRY = 'npm run -s ims-ferry -- ';

/** The lines of the shell blocks of the section, without comments. */
function linesOf(title: string): readonly string[] {
  const [, after = ''] = readFileSync('docs/simulator.md', 'utf8').split(`## ${title}\n`);
  const [section = ''] = after.split('\n## ');
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block
      .trim()
      .split('\n')
      .map((line) => line.replace(/\s+#.*/, '')),
  );
}

const [simulator = '', work = '', submit = '', status = '', ...curls] =
  linesOf('Try copies and sharing');

function argsOf(line: string): readonly string[] {
  expect(line.startsWith(FERRY), line).toBe(true);
  return line.slice(FERRY.length).replace(/ &$/, '').split(' ');
}

async function run(line: string, env: FerryEnv): Promise<string> {
  const { code, stdout, stderr } = await runFerry(argsOf(line), env);
  expect(code, `${line}: ${stderr}`).toBe(0);
  return stdout;
}

interface Logs {
  readonly accepted: readonly Accepted[];
  readonly members: readonly MemberAct[];
}

/** What the simulator's own logs say, by the commands of the page. */
async function logs(env: FerryEnv): Promise<Logs> {
  const read = async (name: string) => {
    const line = curls.find((one) => one.endsWith(`/_control/${name}`)) ?? '';
    const path = line.replace('curl -s http://127.0.0.1:9090', '');
    return (await fetch(`${env['OBS_ENDPOINT']}${path}`)).json();
  };
  return {
    accepted: (await read('accepted')) as readonly Accepted[],
    members: (await read('members')) as readonly MemberAct[],
  };
}

/** The simulator as the page starts it, but on a free port and with its files in a folder. */
async function place() {
  const folder = await dropFolder();
  const port = String(await freePort());
  const state = join(folder, 'cloud.json');
  const start = async (...more: readonly string[]) => {
    const args = argsOf(simulator).map((word) =>
      word === 'simulator-clouds.yaml' ? join(folder, word) : word,
    );
    const cloud = startFerry([...args, '--port', port, '--state', state, ...more], {});
    await cloud.says('Settings for ims-ferry');
    const env: FerryEnv = { REDIS_URL: redis.url, ...exported(cloud.stdout()) };
    return { cloud, env };
  };
  /** The images of a project, by the state file. */
  const imagesOf = async (entry: string) => {
    const world: KeptWorld = JSON.parse(await readFile(state, 'utf8'));
    const { id } = SAMPLE_CLOUDS[entry] ?? {};
    return world.cloud.images.filter(({ owner }) => owner === id).map((image) => image.id);
  };
  return { folder, start, imagesOf };
}

/** One import, two copies, the one in its region; and the partner has the image. */
async function expectAll(env: FerryEnv, away: readonly string[]): Promise<void> {
  let shown = '';
  await until(async () => {
    shown = await run(status, env);
    return shown.includes('1 shared');
  });
  expect(shown.split('\n')[0]).toBe('after-import: 3 succeeded; 1 shared');
  const { accepted, members } = await logs(env);
  expect(accepted.map(({ api, name }) => `${api} ${name}`).toSorted()).toEqual(NAMES);
  const across = accepted.filter(({ path }) => path.endsWith('/cross_region_copy'));
  expect(across.map(({ image_ids }) => image_ids)).toEqual([away]);
  const partner = SAMPLE_CLOUDS['partner']?.id;
  expect(members.map(({ projectId, action }) => [projectId, action])).toEqual([
    [partner, 'added'],
    [partner, 'accepted'],
  ]);
}

test('the page leads to an image that is copied to the other region and shared', async () => {
  const { folder, start, imagesOf } = await place();
  const { env } = await start();
  expect(env).toHaveProperty('OS_CLIENT_CONFIG_FILE', join(folder, 'simulator-clouds.yaml'));
  startFerry(argsOf(work), env);
  await run(submit, env);
  await expectAll(env, await imagesOf('otc-nl'));
});

test('a simulator that was restarted meanwhile continues with both regions', async () => {
  const { start, imagesOf } = await place();
  // Far longer than any machine takes: nothing ends by itself.
  const first = await start('--duration', '1000000');
  const { env } = first;
  const finishAll = () => fetch(`${env['OBS_ENDPOINT']}/_control/finish-all`, { method: 'POST' });
  startFerry(argsOf(work), env);
  const submitted = run(submit, env);
  await until(async () => (await logs(env)).accepted.length === 1);
  await finishAll();
  await until(async () => (await logs(env)).accepted.length === 3);
  expect(await first.cloud.stop()).toBe(0);
  const away = await imagesOf('otc-nl');
  expect(away).toHaveLength(1);
  const next = await start('--duration', '1000000');
  expect(next.env).toEqual(env);
  await finishAll();
  await submitted;
  await expectAll(env, away);
  const before = await logs(env);
  await next.cloud.stop();
  await start();
  expect(await logs(env)).toEqual(before);
});
