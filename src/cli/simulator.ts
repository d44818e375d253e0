import {
  type ObsObject,
  type Simulator,
  type SimulatorSettings,
  startSimulator,
} from '../../simulator/start-simulator.ts';
import { EXIT, type ExitCode, FerryError, UsageError } from '../shared/errors/errors.ts';
import type { Io } from './io.ts';

export interface SimulatorCommand {
  /** @default 9090 */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: string;
  /** Milliseconds an import takes in the median. @default 5000 */
  readonly durationMs?: number;
  readonly seed?: number;
  readonly quota?: number;
  readonly logFile?: string;
  readonly stateFile?: string;
  /** Every other switch. */
  readonly settings?: SimulatorSettings;
}

/** `simulator`: the stand-in for IAM, IMS and OBS, until SIGTERM. */
export async function runSimulator(
  command: SimulatorCommand,
  io: Pick<Io, 'out' | 'err' | 'stop'>,
): Promise<ExitCode> {
  const simulator = await startSimulator(settingsOf(command)).catch((error: unknown) => {
    if (error instanceof FerryError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `The simulator cannot listen on port ${command.port ?? 9090}: ${why}`,
      'Try --port 0.',
    );
  });
  io.err(`IAM, IMS and OBS stand-in at ${simulator.url}. Settings for ims-ferry:`);
  for (const line of exportsOf(simulator)) io.out(line);
  if (!io.stop.aborted) {
    await new Promise((resolve) => io.stop.addEventListener('abort', resolve, { once: true }));
  }
  await simulator.close();
  return EXIT.ok;
}

function settingsOf(command: SimulatorCommand): SimulatorSettings {
  const {
    port = 9090,
    host,
    durationMs = 5000,
    seed,
    quota,
    logFile,
    stateFile,
    settings,
  } = command;
  return {
    ...settings,
    port,
    objects: sampleObjects(),
    durationMs: { median: durationMs, sigma: 0.4 },
    ...(host === undefined ? {} : { host }),
    ...(seed === undefined ? {} : { seed }),
    ...(quota === undefined ? {} : { imageQuota: quota }),
    ...(logFile === undefined ? {} : { logFile }),
    ...(stateFile === undefined ? {} : { stateFile }),
  };
}

/** What lies in the bucket `migration`, to list it: the files that manifests/bulk.yaml names. */
function sampleObjects(): Record<string, ObsObject> {
  const machines = ['web-01', 'web-02', 'web-03', 'mail-01', 'ldap-01', 'build-01', 'build-02'];
  const disks = ['mail-01', 'build-01', 'office-01', 'ldap-01'];
  const paths = [
    ...machines.map((name) => `system/${name}.qcow2`),
    ...disks.map((name) => `data/${name}-data.vmdk`),
    'appliances/archive.zvhd2',
    'appliances/backup.zvhd2',
    'readme.txt',
  ];
  return Object.fromEntries(
    paths.map((path, index) => [`migration/${path}`, { size: sizeOf(index) }]),
  );
}

const GB = 1024 ** 3;
const sizeOf = (index: number): number => (2 + ((index * 7) % 30)) * GB;

function exportsOf({ url, credentials }: Simulator): readonly string[] {
  return [
    `export OS_AUTH_URL=${url}/v3`,
    `export OS_USERNAME=${credentials.username}`,
    `export OS_PASSWORD=${credentials.password}`,
    `export OS_USER_DOMAIN_NAME=${credentials.userDomainName}`,
    `export OS_PROJECT_NAME=${credentials.projectName}`,
    `export OS_REGION_NAME=${credentials.region}`,
    `export OS_ACCESS_KEY=${credentials.accessKey}`,
    `export OS_SECRET_KEY=${credentials.secretKey}`,
    `export OBS_ENDPOINT=${url}`,
  ];
}
