import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import { endWithUs, killGroup } from '../../soak/end-with-us.ts';
import { tokenOf } from '../token-of.ts';
import type { Lane, Runner } from './lane.ts';
import type { StyleName } from './poll-styles.ts';

const BASH = fileURLToPath(new URL('./bash-loop.sh', import.meta.url));
const PLAIN = fileURLToPath(new URL('./plain-importer.ts', import.meta.url));

export async function startBash(lane: Lane): Promise<Runner> {
  const { simulator, path } = lane;
  await mkdir(lane.folder, { recursive: true });
  const { projectId } = simulator.state.options;
  const args = [BASH, String(lane.images), String(lane.limit), lane.folder];
  const TOKEN = await tokenOf(simulator);
  return start('bash', args, { PATH: path, TOKEN, BASE_URL: simulator.url, PROJECT_ID: projectId });
}

export function startPlain(style: StyleName) {
  return async (lane: Lane): Promise<Runner> => {
    const { simulator } = lane;
    const { projectId } = simulator.state.options;
    // In the environment: arguments can be seen by everybody on the machine.
    const TOKEN = await tokenOf(simulator);
    const sizes = [String(lane.images), String(lane.limit)];
    const args = [PLAIN, style, simulator.url, projectId, ...sizes];
    return start(process.execPath, args, { PATH: lane.path, TOKEN });
  };
}

/** A script that prints how many images it knows to be done. */
function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Runner {
  const startedAt = systemClock.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  endWithUs(child, 'group');
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  return {
    startedAt,
    ended: Promise.race([failed, text(child.stdout).then(Number)]),
    stop: async () => killGroup(child),
  };
}
