import type { Command } from 'commander';
import { environmentOf } from '../../../simulator/environment.ts';
import { type ObsObject, startSimulator } from '../../../simulator/start-simulator.ts';
import { EXIT, type ExitCode, FerryError, UsageError } from '../../shared/errors/errors.ts';
import { untilAborted } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { type CommandContext, portNumber, wholeNumber } from '../command.ts';
import type { Io } from '../io.ts';

interface SimulatorFlags {
  readonly port: number;
  readonly host: string;
  readonly duration: number;
  readonly quota: number;
  readonly seed: number;
  readonly log?: string;
  readonly state?: string;
}

export function simulatorCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option('--port <port>', 'port to listen on; 0 picks a free one', portNumber, 9090)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--duration <ms>', 'median duration of an import, in ms', wholeNumber, 5000)
    .option('--quota <n>', 'image quota of the account', wholeNumber, 100_000)
    .option('--seed <n>', 'seed of the random numbers, for repeatable runs', wholeNumber, 1)
    .option('--log <file>', 'append every accepted create to this file as a line of JSON')
    .option('--state <file>', 'keep the cloud in this file, and load it after a restart')
    .action((flags: SimulatorFlags) => run(runSimulator(flags, io)));
}

/** The stand-in for IAM, IMS and OBS, until SIGTERM. */
async function runSimulator(flags: SimulatorFlags, io: Io): Promise<ExitCode> {
  const { port, host, seed, quota, duration, log: logFile, state: stateFile } = flags;
  const settings = omitUndefined({
    ...{ port, host, seed, logFile, stateFile },
    imageQuota: quota,
    durationMs: { median: duration, sigma: 0.4 },
    objects: sampleObjects(),
  });
  const simulator = await startSimulator(settings).catch((error: unknown) => {
    if (error instanceof FerryError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`The simulator cannot listen on port ${port}: ${why}`, 'Try --port 0.');
  });
  io.err(`Simulator of IAM, IMS and OBS at ${simulator.url}. Settings for ims-ferry:`);
  for (const [name, value] of Object.entries(environmentOf(simulator))) {
    io.out(`export ${name}=${value}`);
  }
  await untilAborted(io.stop);
  await simulator.close();
  return EXIT.ok;
}

/** The content of the bucket `migration`: the files that manifests/bulk.yaml names. */
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
