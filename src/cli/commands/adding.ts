import type { ExitCode } from '../../shared/errors/errors.ts';
import type { Io } from '../io.ts';

/** What a command is added with: how it speaks, and how it says its exit code. */
export interface Adding {
  readonly io: Io;
  readonly does: (command: Promise<ExitCode>) => Promise<void>;
}
