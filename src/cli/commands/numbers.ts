import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../shared/config/values.ts';

/** A port of the command line. */
export function portNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a port from 0 to 65535.');
}

/** A count of the command line. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000000.');
}

/** A time of the command line, in seconds; parts of one are allowed. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0.1 && value <= 86_400) return value;
  throw new InvalidArgumentError('It must be a number of seconds from 0.1 to 86400.');
}

/** A duration of the command line, such as 90s, 30m, 12h, 2d or 1h30m; in milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError('It must be a duration such as 90s, 30m, 12h or 1h30m.');
}

const LONGEST_MS = 365 * 86_400_000;
