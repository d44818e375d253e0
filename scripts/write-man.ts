import { manPage } from '../src/cli/completion/man-page.ts';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { commandTree } from '../src/cli/completion/command-tree.ts';
import type { Io } from '../src/cli/io.ts';
import { fullProgram } from '../src/cli/program.ts';
import { SETTINGS } from '../src/shared/config/settings.ts';

const FOLDER = fileURLToPath(new URL('../dist/man/', import.meta.url));

/** Nothing is printed: only the options of the commands are read. */
const SILENT: Io = {
  out: () => undefined,
  err: () => undefined,
  log: { write: () => undefined },
  draw: () => undefined,
  ...{ terminal: false, columns: 80, env: {}, stop: new AbortController().signal },
};

/** The man page of the command line as it is. */
export async function currentManPage(): Promise<string> {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const tree = commandTree(await fullProgram(SILENT));
  return manPage({ tree, version, settings: SETTINGS });
}

if (import.meta.main) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}ims-ferry.1`, await currentManPage());
}
