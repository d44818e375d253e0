import { existsSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { programPath, runProgram } from '../support/programs.ts';

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

const BINARY = /\.(png|jpg|gif|ico|gz|tgz|qcow2|woff2)$/;

/** What is committed or will be; an unpacked archive has no such list, so nothing is checked. */
export async function readCommittedFiles(): Promise<TextFile[]> {
  if (!existsSync('.git') || programPath('git') === undefined) return [];
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = (await runProgram('git', args)).stdout.split('\0');
  return names
    .filter((path) => path !== '' && !BINARY.test(path) && existsSync(path))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

function matches(files: readonly TextFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map((match) => `${path}: ${match[0]}`),
  );
}

/** Folders of somebody's machine: true on that machine only. */
export function namesMachinePaths(files: readonly TextFile[]): string[] {
  return matches(files, /(?<![\w.}])\/(?:work|root|home\/(?!node\b)[a-z]\w*|Users\/\w+)\/[\w.-]+/g);
}

/** TLS is verified, always: only the check that refuses the variable may name it. */
export function switchesTlsOff(files: readonly TextFile[]): string[] {
  const sources = files.filter(
    ({ path }) =>
      path.startsWith('src/') && !/^src\/shared\/config\/(?:load-)?config\.ts$/.test(path),
  );
  return matches(sources, /rejectUnauthorized|checkServerIdentity|NODE_TLS_REJECT\w+/g);
}

export function namesPackageRegistries(files: readonly TextFile[]): string[] {
  const hosts =
    /\bregistry\.[a-z][\w.-]*\w|\b(?:artifactory|nexus|verdaccio)[\w.-]*\.[a-z]{2,}\b/gi;
  return matches(files, hosts);
}

/** A relative path that climbs out of the repository. */
export function pointsOutside(files: readonly TextFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<![\w./])(?:\.\.\/)+[\w.-]+/g)]
      .map(([target]) => ({ target, full: posix.join(posix.dirname(path), target) }))
      .filter(({ full }) => full.startsWith('..'))
      .map(({ target }) => `${path}: ${target}`),
  );
}

/** A document that is mentioned can be read: it is in the repository. */
export function namesMissingDocuments(files: readonly TextFile[]): string[] {
  const present = new Set(files.map(({ path }) => posix.basename(path)));
  const mentions = /(?<!:\/\/\S*)(?<![\w*-])[A-Za-z][\w-]*\.md\b/g;
  return matches(files, mentions).filter((found) => !present.has(found.split(': ').at(-1) ?? ''));
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { resolved?: string; optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

/** Where a package was downloaded from is no property of the project. */
export function lockNamesHosts(lock: Lock): string[] {
  return Object.entries(lock.packages)
    .filter(([, { resolved }]) => resolved !== undefined && /^[a-z+]+:/i.test(resolved))
    .map(([path, { resolved }]) => `${path}: ${resolved}`);
}

/** `npm ci` refuses a lock file that leaves out the packages of other platforms. */
export function lockLeavesOut(lock: Lock): string[] {
  return Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(lock, path, name))
      .map((name) => `${path}: ${name} (node scripts/complete-lock.mjs adds it)`),
  );
}

/** Node's rule: in the package's own node_modules, or in one further up. */
function isLocked(lock: Lock, path: string, name: string): boolean {
  if (`${path === '' ? '' : `${path}/`}node_modules/${name}` in lock.packages) return true;
  const up = path.lastIndexOf('node_modules/');
  return path !== '' && isLocked(lock, path.slice(0, Math.max(0, up - 1)), name);
}
