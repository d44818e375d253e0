import { readFileSync } from 'node:fs';
import { packageFile } from '../shared/runtime/package-file.ts';

/** The version in package.json. */
export function packageVersion(): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
