import { CommanderError } from 'commander';
import { EXIT, type ExitCode, FerryError } from '../shared/errors/errors.ts';
import { redacted } from '../shared/errors/known-secrets.ts';
import { refusedCommand } from '../shared/redis/refusals.ts';

/** What a person reads of an error, and the exit code of the process. No stack traces. */
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
  return {
    lines: [
      `Unexpected error: ${redacted(text)}`,
      'This is a fault of ims-ferry; please report it.',
    ],
    exitCode: EXIT.imageFailed,
  };
}
