import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { freePort } from './free-port.ts';
import { type Need, type ProgramName, type RunResult, runProgram } from './programs.ts';

/** One of the two programs that read the compose files. */
export interface ComposeProgram {
  readonly title: string;
  readonly need: Need;
  readonly program: ProgramName;
  readonly first: readonly string[];
}

export const COMPOSE_PROGRAMS: readonly ComposeProgram[] = [
  { title: 'docker-compose', need: 'docker-compose', program: 'docker-compose', first: [] },
  { title: 'docker compose', need: 'docker compose', program: 'docker', first: ['compose'] },
];

export const MAIN_FILE = 'docker-compose.yml';
export const SIMULATOR_FILE = 'docker-compose.simulator.yml';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A copy of the compose files and manifests, without a developer's `.env`. */
export interface ComposeFolder {
  readonly folder: string;
  /** The host's port of the dashboard. */
  readonly port: number;
  /** Settings as if exported in the shell; may be changed between two commands. */
  readonly env: Record<string, string>;
  run(program: ComposeProgram, args: readonly string[]): Promise<RunResult>;
  /** The same; if the program fails, the test fails with what it wrote. */
  must(program: ComposeProgram, args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

export async function composeFolder(project: string): Promise<ComposeFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  for (const name of [MAIN_FILE, SIMULATOR_FILE, 'manifests', 'deploy/simulator']) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  }
  const port = await freePort();
  const env: Record<string, string> = {
    COMPOSE_PROJECT_NAME: project,
    IMS_FERRY_DASHBOARD_PORT: String(port),
  };
  const { PATH = '', HOME = '', DOCKER_HOST } = process.env;
  const base = { PATH, HOME, ...(DOCKER_HOST === undefined ? {} : { DOCKER_HOST }) };
  const run = ({ program, first }: ComposeProgram, args: readonly string[]) =>
    runProgram(program, [...first, ...args], { cwd: folder, env: { ...base, ...env } });
  const must = async (program: ComposeProgram, args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(program, args);
    if (code === 0) return stdout;
    throw new Error(`${program.title} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  };
  const remove = () => rm(folder, { recursive: true, force: true });
  return { folder, port, env, run, must, remove };
}

export async function writeEnvFile(folder: string, settings: object): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  await writeFile(join(folder, '.env'), `${lines.join('\n')}\n`);
}

const config = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      environment: z.record(z.string(), z.string().nullable()).default({}),
    }),
  ),
});

/** What `config` prints: the files as the program understands them, with all settings filled in. */
export function parseConfig(text: string): z.infer<typeof config>['services'] {
  return config.parse(parse(text)).services;
}
