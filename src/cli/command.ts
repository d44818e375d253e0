import { type Command, InvalidArgumentError, Option } from 'commander';
import { VERIFY_MODES } from '../shared/config/config.ts';
import { parseDuration } from '../shared/config/values.ts';
import type { ExitCode } from '../shared/errors/errors.ts';
import type { Io } from './io.ts';

/** What a command works with: its input and output, and how it reports its exit code. */
export interface CommandContext {
  readonly io: Io;
  /** Waits for the command; its exit code becomes that of the process. */
  readonly run: (command: Promise<ExitCode>) => Promise<void>;
  /** The whole command line with every option of every command. */
  readonly loadAll: () => Promise<Command>;
}

/** Adds its options and its action to a command. */
type DefineCommand = (command: Command, context: CommandContext) => void;

/** A command of the help text. */
export interface Listed {
  readonly summary: string;
  /** Loads the command's own file: only the command that runs is loaded, so that --help is quick. */
  readonly load: () => Promise<DefineCommand>;
  /** It brings its own Redis, or needs none. */
  readonly hasOwnRedis?: true;
  /** For scripts of ours. */
  readonly isHidden?: true;
}

/** The option that selects images of a batch by name. */
export const NAME_OPTION = [
  '--name <pattern>',
  'only images with this name; * and ? are wildcards',
] as const;

/** The option that selects images of a batch by the code of their error. */
export const CODE_OPTION = [
  '--code <code>',
  'only images with this error code, such as IMG.0057',
] as const;

/** The option of commands whose result can be printed as data. */
export const JSON_OPTION = ['--json', 'print the result as JSON'] as const;

/** The option of commands that run workers: what follows where an image is not as requested. */
export function verifyOption(): Option {
  const meaning = 'images that are not as requested: a warning, a failure, or no check';
  return new Option('--verify <mode>', meaning).choices(VERIFY_MODES);
}

/** The option is a setting: it holds for every worker that the command runs. */
export function setVerify({ env }: Pick<Io, 'env'>, mode: string | undefined): void {
  if (mode !== undefined) env['IMS_FERRY_VERIFY'] = mode;
}

/** The parser of a port option. */
export function portNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a port from 0 to 65535.');
}

/** The parser of a count. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000000.');
}

/** The parser of a number of seconds, with decimals. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0.1 && value <= 86_400) return value;
  throw new InvalidArgumentError('It must be a number of seconds from 0.1 to 86400.');
}

const LONGEST_MS = 365 * 86_400_000;

/** The parser of a duration such as 90s, 30m, 12h, 2d or 1h30m; in milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('It must be a duration such as 90s, 30m, 12h or 1h30m.');
}
