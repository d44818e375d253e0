import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Accepted } from '../../simulator/ims/accepted-log.ts';
import type { BatchStatus } from '../../src/producer/batch-status.ts';
import {
  COMPOSE_PROGRAMS,
  type ComposeFolder,
  type ComposeProgram,
  composeFolder,
  MAIN_FILE,
  SIMULATOR_FILE,
} from '../support/compose.ts';
import { imageLines } from '../support/manifest-file.ts';
import { needing, runProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RUN = randomUUID().slice(0, 8);
const IMAGE = `ims-ferry-test-${RUN}`;
const LOGIN = { user: 'ops', password: 'correct-horse-battery' };
const BASIC = `Basic ${Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64')}`;

/** A program of Docker ends with 0, or the test fails with what it wrote. */
async function docker(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram('docker', args, { cwd: ROOT });
  if (code === 0) return stdout;
  throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
}

/** One installation beside the simulator, and what a person does with it. */
function installation(program: ComposeProgram, compose: ComposeFolder) {
  const run = (...args: readonly string[]) => compose.must(program, args);
  const producer = (...args: readonly string[]) => run('run', '--rm', '-T', 'producer', ...args);
  const control = async (method: string, path: string, body?: object): Promise<string> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const script = `fetch('http://127.0.0.1:9090/_control${path}', ${JSON.stringify(init)})
      .then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
    const args = ['exec', '-T', 'simulator', 'node', '-e', script];
    let text = '';
    // After `up` it takes a moment to listen.
    await until(async () => {
      const { code, stdout } = await compose.run(program, args);
      text = stdout;
      return code === 0;
    });
    return text;
  };
  const submit = async (name: string, count: number): Promise<void> => {
    await writeFile(join(compose.folder, 'manifests', `${name}.yaml`), imageLines(name, count));
    await producer('submit', `/manifests/${name}.yaml`);
  };
  /** Ends with 1 while an image is unknown or has failed, and prints the same. */
  const status = async (batch: string) => {
    const args = ['run', '--rm', '-T', 'producer', 'status', batch, '--json'];
    const { stdout, stderr } = await compose.run(program, args);
    if (!stdout.startsWith('{')) throw new Error(`no status of ${batch}:\n${stderr}`);
    return JSON.parse(stdout) as BatchStatus;
  };
  const reaches = (batch: string, state: keyof BatchStatus['counts'], count: number) =>
    until(async () => (await status(batch)).counts[state] >= count);
  const accepted = async () => JSON.parse(await control('GET', '/accepted')) as Accepted[];
  const page = (authorization?: string) =>
    fetch(`http://127.0.0.1:${compose.port}/`, {
      headers: authorization === undefined ? {} : { authorization },
    });
  /** As who presses a button of a page. */
  const press = (path: string, authorization: string, fields: Record<string, string>) =>
    fetch(`http://127.0.0.1:${compose.port}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { authorization, origin: `http://127.0.0.1:${compose.port}` },
      body: new URLSearchParams(fields),
    });
  /** Published ports answer a moment after the container was started. */
  const dashboardIs = (code: number, authorization?: string) =>
    until(async () => (await page(authorization).catch(() => undefined))?.status === code);
  const up = (workers: number) => run('up', '-d', '--scale', `worker=${workers}`);
  const workers = async () => (await run('ps', '-q', 'worker')).trim().split('\n').length;
  return {
    ...{
      run,
      producer,
      control,
      submit,
      status,
      reaches,
      accepted,
      page,
      press,
      dashboardIs,
      up,
      workers,
    },
  };
}

/** Names that were created more than once. */
function twice(accepted: readonly Accepted[]): readonly string[] {
  const names = accepted.map(({ name }) => name);
  return names.filter((name, at) => names.indexOf(name) !== at);
}

describe('the image', needing('docker daemon'), () => {
  // Some hosts reach packages through their own network only.
  beforeAll(async () => void (await docker('build', '--network', 'host', '-t', IMAGE, '.')), 0);
  afterAll(async () => void (await docker('image', 'rm', '--force', IMAGE)), 0);

  test('starts on a read-only root, and checks a manifest that is mounted or its own', async () => {
    const run = ['run', '--rm', '--read-only', '--cap-drop', 'ALL'];
    expect(await docker(...run, IMAGE, '--help')).toContain('Usage: ims-ferry');
    expect(await docker(...run, IMAGE, 'validate', 'manifests/bulk.yaml')).toContain('16 images');
    const mounted = ['-v', `${join(ROOT, 'manifests')}:/manifests:ro`];
    const own = await docker(...run, ...mounted, IMAGE, 'validate', '/manifests/example.yaml');
    expect(own).toContain('3 images');
  });

  for (const program of COMPOSE_PROGRAMS) {
    describe(program.title, needing('docker daemon', program.need), () => {
      let compose: ComposeFolder;
      let at: ReturnType<typeof installation>;

      beforeAll(async () => {
        compose = await composeFolder(`ims-ferry-test-${RUN}`);
        compose.env['COMPOSE_FILE'] = `${MAIN_FILE}:${SIMULATOR_FILE}`;
        compose.env['IMS_FERRY_IMAGE'] = IMAGE;
        compose.env['IMS_FERRY_SIMULATOR_DURATION_MS'] = '1000';
        compose.env['IMS_FERRY_UNKNOWN_POLICY'] = 'hold';
        compose.env['IMS_FERRY_UNKNOWN_WINDOW_MS'] = '3000';
        compose.env['IMS_FERRY_POST_TIMEOUT_MS'] = '1000';
        at = installation(program, compose);
      }, 0);
      afterAll(async () => {
        await at.run('down', '-v');
        await compose.remove();
      }, 0);

      test('imports a batch with two workers, each image once', async () => {
        await at.up(2);
        expect(await at.workers()).toBe(2);
        await at.producer('submit', '--wait', '/manifests/bulk.yaml');
        expect((await at.status('demo')).counts).toMatchObject({ succeeded: 16 });
        const accepted = await at.accepted();
        expect(accepted).toHaveLength(16);
        expect(twice(accepted)).toEqual([]);
      });

      test('without a login for it the dashboard stays up and only shows how to set one', async () => {
        await at.dashboardIs(503);
        const text = await (await at.page()).text();
        expect(text).toContain('Set IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD');
        expect(text).not.toContain('demo');
        const id = (await at.run('ps', '-q', 'dashboard')).trim();
        expect(await docker('inspect', '-f', '{{.RestartCount}}', id)).toBe('0\n');
      });

      test('finds every image that was in flight after down and up, and creates none twice', async () => {
        // Far longer than any machine takes: they are in flight until the simulator ends them.
        await at.control('PUT', '/options', { duration: 3_600_000 });
        await at.submit('moved', 40);
        await at.reaches('moved', 'creating', 25);
        await at.run('down');
        await at.up(2);
        await at.control('POST', '/finish-all');
        await at.reaches('moved', 'succeeded', 40);
        const { images } = await at.status('moved');
        expect(images.map(({ attempt }) => attempt)).toEqual(images.map(() => 1));
        const accepted = await at.accepted();
        expect(accepted).toHaveLength(16 + 40);
        expect(twice(accepted)).toEqual([]);
      });

      test('adds workers and takes them away', async () => {
        await at.up(3);
        expect(await at.workers()).toBe(3);
        await at.up(1);
        expect(await at.workers()).toBe(1);
      });

      test('with a login the dashboard comes up again and requires it', async () => {
        compose.env['IMS_FERRY_DASHBOARD_USER'] = LOGIN.user;
        compose.env['IMS_FERRY_DASHBOARD_PASSWORD'] = LOGIN.password;
        await at.run('up', '-d', 'dashboard');
        await at.dashboardIs(401);
        await at.dashboardIs(200, BASIC);
        expect(await (await at.page(BASIC)).text()).toContain('moved');
      });

      test('resolves what is held on a page of the dashboard', async () => {
        await at.control('PUT', '/options', { nextCreates: { dropBefore: 1 } });
        await at.submit('dropped', 1);
        await at.reaches('dropped', 'held', 1);
        const { status } = await at.press('/batches/dropped/resolve', BASIC, {
          decision: 'resubmit',
        });
        expect(status).toBe(303);
        await at.reaches('dropped', 'succeeded', 1);
        const names = (await at.accepted()).map(({ name }) => name);
        expect(names.filter((name) => name === 'dropped-001')).toHaveLength(1);
      });

      test('copies an image to the other region and shares it', async () => {
        await at.producer('submit', '--wait', '/manifests/after-import.yaml');
        const made = (await at.accepted()).filter(({ name }) => name.startsWith('golden'));
        expect(made.map(({ api }) => api)).toEqual(['system', 'copy', 'copy']);
        await until(async () => (await at.control('GET', '/members')).includes('accepted'));
      });

      test('resolves what is held from a container that has the login, and not from the producer', async () => {
        await at.control('PUT', '/options', { nextCreates: { dropBefore: 1 } });
        await at.submit('lost', 1);
        await at.reaches('lost', 'held', 1);
        const args = ['resolve', 'lost', '--resubmit'];
        const refused = await compose.run(program, ['run', '--rm', '-T', 'producer', ...args]);
        expect([refused.code, refused.stderr]).toEqual([
          2,
          expect.stringContaining('OS_AUTH_URL is not set'),
        ]);
        const resolved = await at.run('run', '--rm', '-T', 'worker', ...args);
        expect(resolved).toContain('lost-001');
        await at.reaches('lost', 'succeeded', 1);
        expect((await at.accepted()).filter(({ name }) => name === 'lost-001')).toHaveLength(1);
      });
    });
  }
});
