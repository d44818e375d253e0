import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Io, safeIo } from '../../src/cli/io.ts';
import { createProgram } from '../../src/cli/program.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';
import { weeklyImages } from '../support/weekly-images.ts';

const server = useRedis({ emptied: true });

/** The manifest with which an image of the family was imported. */
function oldManifest(name: string): Promise<string> {
  const image = `{ name: ${name}, image_url: "bucket:images/${name}.qcow2", min_disk: 40 }`;
  return textFile(`${name}.yaml`, `name: ${name}\nimages:\n  - ${image}\n`);
}

test('a pruned image is not created again by its old manifest, not even after it was archived', async () => {
  const { simulator, file, ...weekly } = await weeklyImages(server, 4, { duration: 100 });
  const env = { ...weekly.env, IMS_FERRY_UNKNOWN_WINDOW_MS: '600' };
  expect((await runFerry(['prune', '--yes', file], env)).code).toBe(0);
  const old = await oldManifest('debian-12-01');
  const worker = startFerry(['work'], env);
  expect((await runFerry(['submit', '--wait', old], env)).code).toBe(0);
  const plan = await runFerry(['plan', old, '--all'], env);
  expect(plan.stdout).toMatch(/its image was pruned on \d{4}-\d\d-\d\d: submit --recreate/);
  expect(plan.code).toBe(0);

  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const archived = await runFerry(['archive', 'debian-12-01', '--to', folder], env);
  expect(archived.code).toBe(0);
  expect((await runFerry(['status', 'debian-12-01'], env)).code).toBe(2);
  expect((await runFerry(['submit', '--wait', old], env)).code).toBe(0);
  const shown = await runFerry(['show', 'debian-12-01', 'debian-12-01'], env);
  expect(shown.stdout).toMatch(/image \S+ was imported and pruned earlier/);
  expect(shown.stdout).toMatch(/Pruned +20/);
  expect(simulator.accepted).toEqual([]);

  // A person may want it again.
  const args = ['submit', '--wait', '--recreate', old];
  expect((await runFerry(args, env)).code).toBe(0);
  expect(simulator.accepted.map(({ name }) => name)).toEqual(['debian-12-01']);
  const again = await runFerry(['show', 'debian-12-01', 'debian-12-01', '--json'], env);
  expect(JSON.parse(again.stdout)).toMatchObject({ state: 'succeeded', pruned_at: null });
  expect(await worker.stop()).toBe(0);
  const kept = await runFerry(['prune', file], env);
  expect(kept.stdout).toMatch(/^keep {4}debian-12-01/m);
});

/** A terminal at which this is typed once the question is there. */
function terminal(env: Io['env'], typed: () => AsyncIterable<Uint8Array>) {
  let text = '';
  const add = (more: string): void => {
    text += more;
  };
  const io: Io = {
    out: (line) => add(`${line}\n`),
    err: (line) => add(`${line}\n`),
    draw: add,
    log: { write: add },
    ...{ terminal: true, outTerminal: true, columns: 80, outColumns: 80 },
    stdin: Object.assign(
      { [Symbol.asyncIterator]: () => typed()[Symbol.asyncIterator]() },
      {
        isTTY: true,
      },
    ),
    env: { ...env, NO_COLOR: '1' },
    stop: new AbortController().signal,
  };
  return { io, text: () => text };
}

interface Typing {
  readonly env: Io['env'];
  readonly file: string;
  /** Before the answer. */
  readonly meanwhile?: () => Promise<unknown>;
}

async function typeInto(answer: string, { env, file, meanwhile }: Typing) {
  const { io, text } = terminal(env, async function* () {
    await until(() => text().includes('[y/N]'));
    await meanwhile?.();
    yield new TextEncoder().encode(answer);
  });
  const code = await createProgram(safeIo(io)).run(['node', 'ims-ferry', 'prune', file]);
  return { code, text: text() };
}

test('on a terminal the plan is carried out after a yes, and after nothing else', async () => {
  const { env, file, deleted, world } = await weeklyImages(server, 5);
  for (const answer of ['\n', 'n\n', 'yep\n', '']) {
    const { code, text } = await typeInto(answer, { env, file });
    expect([code, text]).toEqual([0, expect.stringContaining('Nothing was deleted.')]);
    expect(text).toContain('Delete 2 images? [y/N] ');
  }
  expect(deleted()).toEqual([]);
  // While the person thinks, a newer image comes: what the plan did not name stays.
  const { code, text } = await typeInto('y\n', {
    ...{ env, file },
    meanwhile: () => world.imported('debian-12-06', 6),
  });
  expect([code, text]).toEqual([0, expect.stringContaining('2 images deleted.')]);
  expect(deleted()).toEqual(['debian-12-01', 'debian-12-02']);
});

test('a manifest without retention, and rules that match every image, are refused', async () => {
  const { env, deleted } = await weeklyImages(server, 4);
  const none = await runFerry(['prune', '--yes', await oldManifest('debian-12-01')], env);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('has retention:')]);
  const bad = [
    ['{family: "*", keep_last: 1}', 'which matches images of any name'],
    ['{family: "?-*", keep_last: 1}', 'which matches images of any name'],
    ['{family: "", keep_last: 1}', 'at least one letter or digit'],
    ['{family: "web-*", keep_last: 0}', 'always keeps the newest'],
    ['{family: "web-*", keep_last: "3"}', 'a whole number from 1'],
    ['{family: "web-*"}', 'keep_last: is missing'],
    ['{keep_last: 3}', 'family: is missing'],
    ['{family: "web-*", keep_last: 3, keep: 1}', 'is not a field'],
    ['"web-*"', 'a rule such as'],
  ] as const;
  for (const [rule, says] of bad) {
    const text = `retention: [${rule}]\nimages:\n  - { image_url: "b12:a.qcow2", min_disk: 1 }\n`;
    const { code, stderr } = await runFerry(
      ['prune', '--yes', await textFile('m.yaml', text)],
      env,
    );
    expect([rule, code, stderr]).toEqual([rule, 2, expect.stringContaining(says)]);
  }
  expect(deleted()).toEqual([]);
});
