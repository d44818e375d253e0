import { Command, CommanderError } from 'commander';
import { settingWarnings } from '../shared/config/setting-warnings.ts';
import { codeOf } from '../shared/errors/error-code.ts';
import { EXIT, type ExitCode, FerryError } from '../shared/errors/errors.ts';
import { redacted } from '../shared/errors/known-secrets.ts';
import { refusedCommand } from '../shared/redis/refusals.ts';
import { packageVersion } from '../shared/runtime/package-file.ts';
import type { Listed } from './command.ts';
import { COMMANDS } from './command-list.ts';
import { type Io, safeIo } from './io.ts';

const AFTER_HELP = `
Results go to stdout; progress and messages go to stderr.
Exit codes: 0 success; 1 some image failed, was cancelled or is unknown;
2 wrong usage, configuration or manifest; 3 Redis or the cloud cannot be reached, or refuses the login.`;

/** Options of all commands that override a variable of the environment. */
const GLOBAL_OPTIONS = [
  ['cloud', 'IMS_FERRY_CLOUD', '--cloud'],
  ['passwordCommand', 'OS_PASSWORD_COMMAND', '--password-command'],
] as const;

/** The command line; `run` throws CommanderError and FerryError. */
export function createProgram(plain: Io): { run(argv: readonly string[]): Promise<ExitCode> } {
  const origins = new Map<string, string>();
  const io = Object.assign(safeIo(plain), { origins });
  const set = (name: string, value: string, origin: string): void => {
    io.env[name] = value;
    origins.set(name, origin);
  };
  let exitCode: ExitCode = EXIT.ok;
  const run = async (command: Promise<ExitCode>): Promise<void> => {
    exitCode = await command;
  };
  const program = newProgram(io);
  const listed = new Map(addCommands(program));
  program.hook('preSubcommand', async (_, command) => {
    const define = await listed.get(command.name())?.load();
    define?.(command, { io, run, loadAll: () => fullProgram(io) });
  });
  program.hook('preAction', async (_, command) => {
    for (const warning of settingWarnings(io.env)) io.err(`Warning: ${warning}`);
    for (const [option, name, flag] of GLOBAL_OPTIONS) {
      const value: unknown = program.opts()[option];
      if (typeof value === 'string') set(name, value, flag);
    }
    if (listed.get(command.name())?.hasOwnRedis || io.env['REDIS_URL']) return;
    // Without REDIS_URL, commands use the Redis of an `up` that runs on this machine.
    const { runningRedis } = await import('./open/open-ledger.ts');
    const url = await runningRedis(io.env);
    if (url !== undefined) set('REDIS_URL', url, 'the running ims-ferry up');
  });
  return {
    run: async (argv) => {
      await program.parseAsync(argv);
      return exitCode;
    },
  };
}

/** The whole command line, with the options of every command: for completion and the man page. */
async function fullProgram(io: Io): Promise<Command> {
  const program = newProgram(io);
  const all = new Map(addCommands(program));
  const run = async (): Promise<void> => undefined;
  for (const command of program.commands) {
    const define = await all.get(command.name())?.load();
    define?.(command, { io, run, loadAll: () => fullProgram(io) });
  }
  return program;
}

function newProgram(io: Io): Command {
  return new Command('ims-ferry')
    .description('Imports image files from OBS into IMS: many at a time, none lost, none twice.')
    .version(packageVersion())
    .option('--cloud <name>', 'work with the batches of this cloud, an entry of clouds.yaml')
    .option('--password-command <command>', 'a command that prints the password of the login')
    .showHelpAfterError('Run with --help to list commands and options.')
    .showSuggestionAfterError()
    .addHelpText('after', AFTER_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
    });
}

/** Adds the commands without their options; returns them by name. */
function addCommands(program: Command): readonly (readonly [string, Listed])[] {
  return Object.entries(COMMANDS).map(([usage, one]) => {
    const command = program.command(usage, { hidden: one.isHidden ?? false });
    return [command.description(one.summary).name(), one];
  });
}

/** Rights, room and limits of this machine: no bug of ours. */
const SYSTEM_REFUSES = /^(EACCES|EPERM|EROFS|ENOSPC|EDQUOT|EMFILE|ENFILE)$/;

/** What a person reads about an error, and the exit code of the process. No stack traces. */
export function describeError(thrown: unknown): {
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;
} {
  const error = refusedCommand(thrown) ?? thrown;
  if (error instanceof CommanderError) {
    return { lines: [], exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  }
  if (error instanceof FerryError) {
    const lines = error.advice === undefined ? [error.message] : [error.message, error.advice];
    return { lines, exitCode: error.exitCode };
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (SYSTEM_REFUSES.test(codeOf(error) ?? '')) {
    const lines = [redacted(text), 'Check permissions, and what is left on the disk.'];
    return { lines, exitCode: EXIT.imageFailed };
  }
  return {
    lines: [`Unexpected error: ${redacted(text)}`, 'This is a bug in ims-ferry; please report it.'],
    exitCode: EXIT.imageFailed,
  };
}
