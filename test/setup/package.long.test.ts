import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { imageLines } from '../support/manifest-file.ts';
import { needing, type RunResult, runProgram } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const packed = z.tuple([z.object({ filename: z.string() })]);
/** The programs of the page, in its order: what people copy is what is tested. */
const PAGE = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
const programs = [...PAGE.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = '']) => text);
const [submitting = '', refused = '', trial = ''] = programs;

/** As strict as a consumer can be; the types of the package are checked as well. */
const TSCONFIG = {
  compilerOptions: {
    ...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
    ...{ module: 'nodenext', target: 'es2022', lib: ['es2022'], types: ['node'] },
    ...{ typeRoots: [join(ROOT, 'node_modules/@types')], noUncheckedIndexedAccess: true },
  },
  include: ['*.ts'],
};

/** Each line must be an error; what is right is in the programs of the page. */
const WRONG_USES = [
  `await openFerry();`,
  `await openFerry({ REDIS_URL: 6379 });`,
  `await ferry.submitManifest('first.yaml');`,
  `await ferry.submitManifest({ text: 'images: []' });`,
  `await ferry.submitManifest({ manifest: { images: [] } });`,
  `await ferry.submitManifest({ file: 'a.yaml' }, { retry: true });`,
  `await ferry.submitManifest({ file: 'a.yaml' }, { update: 'yes' });`,
  `(await ferry.readStatus('a')).images[0].name;`,
  `(await ferry.readStatus('a')).counts.done;`,
  `ferry.watchBatch('a').finished;`,
  `await startSimulator({ durationMs: '200' });`,
  `await startSimulator({ nextCreates: { http999: 1 } });`,
  `await import('ims-ferry/dist/src/library/ferry.js');`,
];

/** `ims-ferry` runs with the Node that is found first: this one. */
const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);

describe('the package, installed into an empty project', needing('npm', 'redis-server'), () => {
  const redis = useRedis({ emptied: true });
  let folder: string;
  beforeAll(async () => {
    folder = await installed();
  }, 0);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = async (file: string, text: string): Promise<RunResult> => {
    await writeFile(join(folder, file), text);
    const env = { PATH, REDIS_URL: redis.url, HOME: folder };
    return runProgram('node', [join(folder, file)], { cwd: folder, env });
  };

  test('starts, checks a manifest and imports with everything embedded', async () => {
    const own = join(folder, 'node_modules/ims-ferry');
    const env = { PATH, HOME: folder };
    const ferry = (...args: readonly string[]) =>
      runProgram('node', [join(own, 'dist/src/cli.js'), ...args], { cwd: folder, env });
    expect((await ferry('--help')).stdout).toContain('Usage: ims-ferry');
    const checked = await ferry('validate', join(own, 'manifests/bulk.yaml'));
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('16 images')]);
    const demo = await ferry('demo', '--images', '4');
    expect([demo.code, demo.stdout]).toEqual([0, expect.stringContaining('4 succeeded')]);
  });

  test('submits, watches and ends by itself against its simulator, in TypeScript', async () => {
    const { code, stdout, stderr } = await run('trial.ts', trial);
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('succeeded: 2')]);
  });

  test('the same in JavaScript', async () => {
    const { code, stdout, stderr } = await run('trial.js', stripTypeScriptTypes(trial));
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('succeeded: 2')]);
  });

  test('names every fault of a manifest, and ends', async () => {
    const { code, stdout, stderr } = await run('refused.ts', refused);
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('images[0].image_url')]);
  });

  test('submits a file, and ends when the program throws while it waits', async () => {
    await writeFile(join(folder, 'first.yaml'), imageLines('first', 1));
    const throwing = submitting.replace(/if \(stopped\).*/, "throw new Error('enough');");
    const { code, stderr } = await run('submitting.ts', throwing);
    expect(code).toBe(1);
    expect(stderr).toContain('Error: enough');
  });

  test('has types that hold in a strict project, and refuse wrong use', async () => {
    const opening = `import { openFerry } from 'ims-ferry';
import { startSimulator } from 'ims-ferry/simulator';
export const ferry = await openFerry({});
`;
    for (const [at, text] of programs.entries()) {
      await writeFile(join(folder, `program-${at}.ts`), `${text}\nexport {};\n`);
    }
    await writeFile(join(folder, 'wrong.ts'), `${opening}${WRONG_USES.join('\n')}\n`);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await runProgram('node', [tsc, '-p', folder], { cwd: folder });
    const lines = [...stdout.matchAll(/^(.+?)\((\d+),\d+\): error/gm)];
    expect(lines.filter(([, file]) => file !== 'wrong.ts').map(([line]) => line)).toEqual([]);
    const first = opening.split('\n').length;
    const places = new Set(lines.map(([, , line]) => Number(line)));
    expect([...places]).toEqual(WRONG_USES.map((_, at) => first + at));
  });
});

/** A project with the tarball that `npm pack` makes; packages come from the cache of npm. */
async function installed(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  const npm = async (args: readonly string[], cwd: string): Promise<string> => {
    const path = [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
    const options = { cwd, env: { ...process.env, PATH: path } };
    const { code, stdout, stderr } = await runProgram('npm', args, options);
    if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}:\n${stderr}`);
    return stdout;
  };
  await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }');
  const [{ filename }] = packed.parse(
    JSON.parse(await npm(['pack', '--json', '--pack-destination', folder], ROOT)),
  );
  const install = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await npm([...install, join(folder, filename)], folder);
  return folder;
}
