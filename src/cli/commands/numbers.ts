import { InvalidArgumentError } from 'commander';

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
