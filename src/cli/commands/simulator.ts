import { resolve } from 'node:path';
import type { Command } from 'commander';
import { SAMPLE_CLOUDS, writeClouds } from '../../../simulator/clouds-file.ts';
import { environmentOf } from '../../../simulator/environment.ts';
import { bucketsOf } from '../../../simulator/obs/objects.ts';
import { SAMPLE_OBJECTS } from '../../../simulator/obs/sample-objects.ts';
import { type Simulator, startSimulator } from '../../../simulator/start-simulator.ts';
import { cannotListen } from '../../shared/errors/cannot-listen.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import { untilAborted } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { formatCount } from '../../ui/format.ts';
import { type CommandContext, portNumber, wholeNumber } from '../command.ts';
import type { Io } from '../io.ts';

interface SimulatorFlags {
  readonly port: number;
  readonly host: string;
  readonly duration: number;
  readonly quota: number;
  readonly seed: number;
  readonly clouds?: string;
  readonly objects?: string;
  readonly log?: string;
  readonly state?: string;
}

export function simulatorCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option('--port <port>', 'port to listen on; 0 picks a free one', portNumber, 9090)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--duration <ms>', 'median duration of an import, in ms', wholeNumber, 3000)
    .option('--quota <n>', 'image quota of the account', wholeNumber, 100_000)
    .option('--seed <n>', 'seed of the random numbers, for repeatable runs', wholeNumber, 1)
    .option(
      '--clouds <file>',
      'write a clouds.yaml with its other projects, for copies and sharing',
    )
    .option('--objects <folder>', 'serve the files FOLDER/BUCKET/KEY as objects, besides its own')
    .option('--log <file>', 'append every accepted create to this file as a line of JSON')
    .option('--state <file>', 'keep the cloud in this file, and load it after a restart')
    .action((flags: SimulatorFlags) => run(runSimulator(flags, io)));
}

/** The stand-in for IAM, IMS and OBS, until SIGTERM. */
async function runSimulator(flags: SimulatorFlags, io: Io): Promise<ExitCode> {
  const { port, host, seed, quota, duration, log: logFile, state: stateFile } = flags;
  const objectsFolder = flags.objects && resolve(flags.objects);
  const settings = omitUndefined({
    ...{ port, host, seed, logFile, stateFile, objectsFolder },
    imageQuota: quota,
    durationMs: { median: duration, sigma: 0.4 },
    objects: SAMPLE_OBJECTS,
    projects: Object.values(SAMPLE_CLOUDS),
  });
  const simulator = await startSimulator(settings).catch((error: unknown) => {
    throw cannotListen(error, flags);
  });
  const clouds = flags.clouds && resolve(flags.clouds);
  try {
    if (clouds) await writeClouds(clouds, simulator);
    describe(simulator, clouds, io);
    await untilAborted(io.stop);
  } finally {
    await simulator.close();
  }
  return EXIT.ok;
}

function describe(simulator: Simulator, clouds: string | undefined, io: Io): void {
  const buckets = [...bucketsOf(simulator.state.options)].map(
    ([name, count]) => `${name} (${formatCount(count, 'object')})`,
  );
  const others = Object.entries(SAMPLE_CLOUDS).map(
    ([entry, { name, region }]) => `${entry} (${name} in ${region})`,
  );
  io.err(`Simulator of IAM, IMS and OBS at ${simulator.url}`);
  io.err(`Its buckets: ${buckets.join(', ')}`);
  io.err(clouds ? `In ${clouds}: ${others.join(', ')}` : NO_CLOUDS);
  io.err('Settings for ims-ferry:');
  const file = clouds && { OS_CLIENT_CONFIG_FILE: shellQuoted(clouds) };
  for (const [name, value] of Object.entries({ ...environmentOf(simulator), ...file })) {
    io.out(`export ${name}=${value}`);
  }
}

const NO_CLOUDS = 'To copy images to another region and to share them: --clouds FILE';
