import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a bare loop prints of itself. */
export interface BareRun {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Runs a script of this folder as a process of its own. */
export async function runBare(script: string, args: readonly string[]): Promise<BareRun> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await run(process.execPath, [file, ...args]);
  return JSON.parse(stdout) as BareRun;
}
