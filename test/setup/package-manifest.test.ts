import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));

test('package.json has one repository: issues and homepage are there', () => {
  const [, url = ''] = /^git\+(https:\/\/.+)\.git$/.exec(manifest.repository.url) ?? [];
  expect(url).not.toBe('');
  expect(manifest).toMatchObject({ bugs: `${url}/issues`, homepage: `${url}#readme` });
  expect(manifest.author).not.toBe('');
});

test('package.json exports only what has a source', () => {
  const targets: readonly (string | Readonly<Record<string, string>>)[] = Object.values(
    manifest.exports,
  );
  const files = targets.flatMap((one) => (typeof one === 'string' ? one : Object.values(one)));
  expect(files.length).toBeGreaterThan(4);
  for (const file of files) {
    const source = file.replace('./dist/', './').replace(/(?:\.d\.ts|\.js)$/, '.ts');
    expect(existsSync(source), file).toBe(true);
  }
});

test('package.json packs only what is there, and all that the documents name', () => {
  const files: readonly string[] = manifest.files;
  for (const file of files) expect(file === 'dist' || existsSync(file), file).toBe(true);
  expect(files).toEqual(expect.arrayContaining(['deploy', 'docs', 'manifests']));
});
