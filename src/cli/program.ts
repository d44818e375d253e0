import { Command } from 'commander';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { addAccountCommands } from './commands/account-commands.ts';
import { addImportCommands } from './commands/import-commands.ts';
import { addLookCommands } from './commands/look-commands.ts';
import { addManifestCommands } from './commands/manifest-commands.ts';
import { addOperatorCommands } from './commands/operator-commands.ts';
import { addRunningCommands } from './commands/running-commands.ts';
import type { Io } from './io.ts';
import { safeIo } from './safe-io.ts';
import { packageVersion } from './version.ts';

export interface Program {
  /** @throws CommanderError FerryError */
  run(argv: readonly string[]): Promise<ExitCode>;
}

const EXIT_CODES = `
Exit codes: 0 all is well; 1 some image failed, was cancelled or is unknown;
2 bad usage, configuration or manifest; 3 Redis or the cloud cannot be reached, or refuses the login.`;

/** What flags of all commands are in the environment: they win over it. */
const GLOBAL_FLAGS = [
  ['cloud', 'IMS_FERRY_CLOUD'],
  ['passwordCommand', 'OS_PASSWORD_COMMAND'],
] as const;

/** Commands that bring a Redis of their own, or need none. */
const OWN_REDIS = new Set(['up', 'demo', 'validate', 'schema', 'init', 'simulator']);

/** The command line. Commands are loaded when they are called, so that --help is quick. */
export function createProgram(plain: Io): Program {
  const io = safeIo(plain);
  let exitCode: ExitCode = EXIT.ok;
  const does = (command: Promise<ExitCode>): Promise<void> =>
    command.then((code) => {
      exitCode = code;
    });
  const program = new Command('ims-ferry')
    .description('Imports image files from OBS into IMS: many at a time, none lost, none twice.')
    .version(packageVersion())
    .option('--cloud <name>', 'for the batches of this cloud, an entry of clouds.yaml')
    .option('--password-command <command>', 'a command that prints the password of the login')
    .showHelpAfterError('Run with --help to see what there is.')
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
    });
  program.hook('preAction', () => {
    for (const [flag, name] of GLOBAL_FLAGS) {
      const value: unknown = program.opts()[flag];
      if (typeof value === 'string') io.env[name] = value;
    }
  });
  // Without REDIS_URL, commands use the Redis of an `up` that runs on this machine.
  program.hook('preAction', async (_, command) => {
    if (OWN_REDIS.has(command.name()) || io.env['REDIS_URL']) return;
    const { runningRedis } = await import('./running-redis.ts');
    const url = await runningRedis(io.env);
    if (url !== undefined) io.env['REDIS_URL'] = url;
  });
  addManifestCommands(program, { io, does });
  addImportCommands(program, { io, does });
  addLookCommands(program, { io, does });
  addOperatorCommands(program, { io, does });
  addAccountCommands(program, { io, does });
  addRunningCommands(program, { io, does });
  return {
    run: async (argv) => {
      await program.parseAsync(argv);
      return exitCode;
    },
  };
}
