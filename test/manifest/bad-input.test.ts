import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validate } from '../../src/cli/commands/validate.ts';
import { loadManifest, parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import { runProgram } from '../support/programs.ts';

/**
 * The bad-input matrix: each row is a file in `fixtures/manifests/invalid`, with its message
 * beside it as `.txt`. Rows of files that are too large or no plain files are made here. Rows about
 * a folder that is watched (files that grow, `.tmp`, several endings) belong to `watch`.
 */
const FIXTURES = fileURLToPath(new URL('../fixtures/manifests', import.meta.url));
const INVALID = readdirSync(join(FIXTURES, 'invalid')).filter((name) => !name.endsWith('.txt'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function validated(file: string): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  const code = await validate([file], { out: add, err: add }, { json: false });
  return { code, lines };
}

describe('a file with faults', () => {
  test.each(INVALID)('%s', async (name) => {
    const file = join(FIXTURES, 'invalid', name);
    const expected = await readFile(file.replace(/\.\w+$/, '.txt'), 'utf8');
    const { code, lines } = await validated(file);
    expect(lines.map((line) => line.replace(`${file}:`, '').trim())).toEqual(
      expected.trim().split('\n'),
    );
    expect(code).toBe(2);
    expect(lines.join('\n')).not.toContain('s3cr3t-canary');
    expect(lines.join('\n')).not.toMatch(/^ +at /m);
  });
});

describe('a sound file', () => {
  test.each(readdirSync(join(FIXTURES, 'valid')))('%s', async (name) => {
    const { code } = await validated(join(FIXTURES, 'valid', name));
    expect(code).toBe(0);
  });

  test('the four examples have no error, and one warning: about Windows on Huawei Cloud', async () => {
    const examples = fileURLToPath(new URL('../../manifests', import.meta.url));
    const files = (await readdir(examples)).filter((name) => name.endsWith('.yaml'));
    expect(files).toHaveLength(4);
    for (const file of files) {
      const result = await loadManifest(join(examples, file));
      expect(result.ok).toBe(true);
      const expected = file === 'full.yaml' ? ['images[4].os_version'] : [];
      expect(result.warnings.map(({ field }) => field)).toEqual(expected);
    }
  });
});

describe('a path that is not a regular file', () => {
  test('a folder, a link, a pipe and a device are refused and never hang', async () => {
    const target = join(folder, 'target.yaml');
    await writeFile(target, 'images: []');
    await symlink(target, join(folder, 'link.yaml'));
    await mkdir(join(folder, 'folder.yaml'));
    await runProgram('mkfifo', [join(folder, 'pipe.yaml')]);
    const rows = [
      [join(folder, 'folder.yaml'), /is a folder/],
      [join(folder, 'link.yaml'), /symbolic link/],
      [join(folder, 'pipe.yaml'), /not a regular file/],
      ['/dev/zero', /not a regular file/],
      [join(folder, 'nothing.yaml'), /no such file/],
      [join(folder, `${'x'.repeat(300)}.yaml`), /too long/],
    ] as const;
    for (const [file, message] of rows) {
      const { code, lines } = await validated(file);
      expect(code).toBe(2);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(message);
    }
  });

  test('a file name with control characters is shown escaped', async () => {
    const file = join(folder, 'a\u001b[31m\n.yaml');
    await writeFile(file, '');
    const { lines } = await validated(file);
    expect(lines.join('')).toContain('a\\u001b[31m\\u000a.yaml: is empty');
  });
});

describe('a file that is too large', () => {
  test('64 MB, 200,000 images, 50 errors', () => {
    const large = parseManifest(new Uint8Array(64_000_001), 'large.yaml');
    expect(large).toMatchObject({ ok: false });
    const many = `images: [${'0,'.repeat(200_001)}]`;
    const refused = parseManifest(new TextEncoder().encode(many), 'many.yaml');
    expect(refused.ok ? '' : refused.issues[0]?.message).toContain('the limit is 200000');
    const bad = `images: [${'0,'.repeat(80)}]`;
    const capped = parseManifest(new TextEncoder().encode(bad), 'bad.yaml');
    expect(capped.ok ? [] : capped.issues).toHaveLength(51);
    expect(capped.ok ? '' : capped.issues.at(-1)?.message).toBe('and 30 more');
  });
});

describe('the name of a batch', () => {
  test('is the one in the file, else the name of the file', () => {
    const images = 'images: [{name: a, image_url: "bucket:a.raw", min_disk: 40}]';
    const named = parseManifest(new TextEncoder().encode(`name: spring\n${images}`), 'x.yaml');
    expect(named.ok && named.manifest.name).toBe('spring');
    const unnamed = parseManifest(new TextEncoder().encode(images), '/some/where/my wave.yaml');
    expect(unnamed.ok && unnamed.manifest.name).toBe('my wave');
    expect(basename('/some/where/my wave.yaml')).toBe('my wave.yaml');
  });
});
