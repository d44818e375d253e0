import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { join } from 'node:path';

/** A file of this package that is not code; the code lies in `src` or, built, in `dist/src`. */
export function packageFile(path: string): string {
  const manifest = findPackageJSON('.', import.meta.url);
  if (manifest === undefined) throw new TypeError('ims-ferry runs outside its package');
  return join(manifest, '..', path);
}

/** The version in package.json. */
export function packageVersion(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
