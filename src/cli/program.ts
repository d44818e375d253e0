import { Command, InvalidArgumentError } from 'commander';
import { loadCloudConfig, loadConfig } from '../shared/config/load-config.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import type { Io } from './io.ts';
import { type Adding, addOperatorCommands } from './operator-commands.ts';
import { packageVersion } from './version.ts';

export interface Program {
  /** @throws CommanderError FerryError */
  run(argv: readonly string[]): Promise<ExitCode>;
}

const EXIT_CODES = `
Exit codes: 0 all is well; 1 some image failed, was cancelled or is unknown;
2 bad usage, configuration or manifest; 3 Redis or the cloud cannot be reached, or refuses the login.`;

/** The command line. Commands are loaded when they are called, so that --help is quick. */
export function createProgram(io: Io): Program {
  let exitCode: ExitCode = EXIT.ok;
  const does = (command: Promise<ExitCode>): Promise<void> =>
    command.then((code) => {
      exitCode = code;
    });
  const program = new Command('ims-ferry')
    .description('Imports image files from OBS into IMS: many at a time, none lost, none twice.')
    .version(packageVersion())
    .showHelpAfterError('Run with --help to see what there is.')
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
    });
  addManifestCommands(program, { io, does });
  addImportCommands(program, { io, does });
  addOperatorCommands(program, { io, does });
  addRunningCommands(program, { io, does });
  return {
    run: async (argv) => {
      await program.parseAsync(argv);
      return exitCode;
    },
  };
}

function addManifestCommands(program: Command, { io, does }: Adding): void {
  program
    .command('validate <file...>')
    .description('check manifests, offline')
    .option('--json', 'print the errors as JSON')
    .action(async (files: string[], options: { json?: true }) => {
      const { validate } = await import('./validate.ts');
      await does(validate(files, io, { json: options.json ?? false }));
    });
  program
    .command('schema')
    .description("print the manifest's JSON Schema")
    .action(async () => {
      const { schemaText } = await import('./schema.ts');
      io.out(schemaText().trimEnd());
    });
}

interface SubmitFlags {
  readonly wait?: true;
  readonly keepWaiting?: true;
  readonly retryFailed?: true;
  readonly recreate?: true;
}

function addImportCommands(program: Command, { io, does }: Adding): void {
  program
    .command('submit <file...>')
    .description('register and enqueue the images of manifests')
    .option('--wait', 'show progress until every image has its outcome')
    .option('--keep-waiting', 'with --wait: stay although a stop needs a person')
    .option('--retry-failed', 'start a new attempt for images that failed')
    .option('--recreate', 'start a new attempt for images that succeeded (their image is gone)')
    .action(async (files: string[], flags: SubmitFlags) => {
      const { submit } = await import('./submit.ts');
      const options = {
        wait: flags.wait ?? false,
        keepWaiting: flags.keepWaiting ?? false,
        retryFailed: flags.retryFailed ?? false,
        recreate: flags.recreate ?? false,
      };
      await does(submit(files, options, { config: loadConfig(io.env), io }));
    });
  program
    .command('status [batch]')
    .description('counts of all batches, or the images of one')
    .option('--json', 'print data only')
    .action(async (batch: string | undefined, flags: { json?: true }) => {
      const { status } = await import('./status.ts');
      const options = { json: flags.json ?? false, ...(batch === undefined ? {} : { batch }) };
      await does(status(options, { config: loadConfig(io.env), io }));
    });
}

function addRunningCommands(program: Command, { io, does }: Adding): void {
  program
    .command('work')
    .description('run a worker; as many as wanted, on as many hosts')
    .option('--heartbeat <file>', 'touch this file every 5 s, for health checks')
    .action(async (flags: { heartbeat?: string }) => {
      const { work } = await import('./work.ts');
      const config = loadConfig(io.env);
      const cloud = loadCloudConfig(io.env);
      const heart = flags.heartbeat === undefined ? {} : { heartbeatFile: flags.heartbeat };
      await does(work({ config, cloud, ...heart }, io));
    });
  program
    .command('simulator')
    .description('a stand-in for IAM, IMS and OBS, to try everything without an account')
    .option('--port <port>', 'port to listen on; 0 takes a free one', portNumber, 9090)
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--duration <ms>', 'how long an import takes in the median', wholeNumber, 5000)
    .option('--quota <n>', 'how many images the account may have', wholeNumber, 100_000)
    .option('--seed <n>', 'makes it repeatable', wholeNumber, 1)
    .option('--log <file>', 'append every accepted create to this file as a line of JSON', '')
    .action(async (flags: SimulatorFlags) => {
      const { runSimulator } = await import('./simulator.ts');
      const { port, host, quota, seed } = flags;
      const command = { port, host, quota, seed, durationMs: flags.duration, logFile: flags.log };
      await does(runSimulator(command, io));
    });
  program
    .command('demo')
    .description('the main job with everything embedded: Redis, simulator, producer, worker')
    .option('--images <n>', 'how many images', wholeNumber)
    .option('--with-failure', 'let one image fail, to see how that looks')
    .action(async (flags: { images?: number; withFailure?: true }) => {
      const { demo } = await import('./demo.ts');
      const images = flags.images === undefined ? {} : { images: flags.images };
      const options = { ...images, withFailure: flags.withFailure ?? false };
      await does(demo(options, { config: loadConfig({ ...io.env, REDIS_URL: undefined }), io }));
    });
}

interface SimulatorFlags {
  readonly port: number;
  readonly host: string;
  readonly duration: number;
  readonly quota: number;
  readonly seed: number;
  readonly log: string;
}

function portNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a port from 0 to 65535.');
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000000.');
}
