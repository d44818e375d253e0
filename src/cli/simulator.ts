import { EXIT, type ExitCode, UsageError } from '../shared/errors/errors.ts';
import { type Simulator, startSimulator } from '../simulator/start-simulator.ts';
import type { Io } from './io.ts';

export interface SimulatorCommand {
  readonly port: number;
  readonly host: string;
  /** Milliseconds an import takes in the median. */
  readonly durationMs: number;
  readonly seed: number;
  readonly quota: number;
  readonly logFile: string;
}

/** `simulator`: the stand-in for IAM, IMS and OBS, until SIGTERM. */
export async function runSimulator(command: SimulatorCommand, io: Io): Promise<ExitCode> {
  const { port, host, durationMs, seed, quota, logFile } = command;
  const settings = { port, host, seed, imageQuota: quota, logFile };
  const duration = { median: durationMs, sigma: 0.4 };
  const simulator = await startSimulator({ ...settings, duration }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The simulator cannot listen on port ${port}: ${why}`, 'Try --port 0.');
  });
  io.err(`IAM, IMS and OBS stand-in at ${simulator.url}. Settings for ims-ferry:`);
  for (const line of settingsOf(simulator)) io.out(line);
  if (!io.stop.aborted) {
    await new Promise((resolve) => io.stop.addEventListener('abort', resolve, { once: true }));
  }
  await simulator.close();
  return EXIT.ok;
}

function settingsOf({ url, credentials }: Simulator): readonly string[] {
  return [
    `export OS_AUTH_URL=${url}/v3`,
    `export OS_USERNAME=${credentials.username}`,
    `export OS_PASSWORD=${credentials.password}`,
    `export OS_USER_DOMAIN_NAME=${credentials.userDomainName}`,
    `export OS_PROJECT_NAME=${credentials.projectName}`,
    `export OS_REGION_NAME=${credentials.region}`,
  ];
}
