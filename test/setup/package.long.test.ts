import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { runProgram } from '../support/programs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const packed = z.tuple([z.object({ files: z.array(z.object({ path: z.string() })) })]);

/** A folder with exactly the files that `npm pack` would put into the package. */
async function unpacked(): Promise<string> {
  const { code, stdout, stderr } = await runProgram('npm', ['pack', '--dry-run', '--json'], {
    cwd: ROOT,
  });
  if (code !== 0) throw new Error(`npm pack ended with ${code}:\n${stderr}`);
  const [{ files }] = packed.parse(JSON.parse(stdout));
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const { path } of files) await cp(join(ROOT, path), join(folder, path));
  // Another rule checks which packages it needs; here it finds them all.
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

test('the package that npm makes starts, checks a manifest and imports with everything embedded', async () => {
  const folder = await unpacked();
  const ferry = (...args: readonly string[]) =>
    runProgram('node', [join(folder, 'dist/src/cli.js'), ...args], { cwd: dirname(folder) });
  expect(await ferry('--help')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Usage: ims-ferry'),
  });
  expect(await ferry('validate', join(folder, 'manifests/bulk.yaml'))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('16 images'),
  });
  const demo = await ferry('demo', '--images', '4');
  expect([demo.code, demo.stdout]).toEqual([0, expect.stringContaining('4 succeeded')]);
});
