import { EXIT, FerryError } from '../shared/errors/errors.ts';
import { redacted } from '../shared/errors/known-secrets.ts';
import { refusedCommand } from '../shared/redis/refusals.ts';

/** One thing that is wrong with a manifest. Lines and columns count from 1. */
export interface ManifestFault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `images[3].min_disk`; empty for the manifest as a whole. */
  readonly field: string;
  readonly message: string;
}

/** Nothing was registered; `issues` lists everything that is wrong. */
export class ManifestError extends FerryError {
  readonly code = 'MANIFEST';
  readonly exitCode = EXIT.usage;
  readonly issues: readonly ManifestFault[];

  constructor(issues: readonly ManifestFault[], lines: readonly string[]) {
    super(lines.join('\n'));
    this.issues = issues;
  }
}

export class UnknownBatchError extends FerryError {
  readonly code = 'UNKNOWN_BATCH';
  readonly exitCode = EXIT.usage;

  constructor(batch: string) {
    super(`There is no batch ${JSON.stringify(batch)}.`);
  }
}

/** `close` was called, before or during the call. */
export class ClosedError extends FerryError {
  readonly code = 'CLOSED';
  readonly exitCode = EXIT.usage;

  constructor() {
    super('This connection was closed.', 'Open another one with openFerry.');
  }
}

/** A fault of ims-ferry. */
export class InternalError extends FerryError {
  readonly code = 'INTERNAL';
  readonly exitCode = EXIT.imageFailed;
}

/**
 * What the library rejects with. An unexpected error may quote anything and carry more in its fields (those
 * of Redis hold the arguments of the command): only its text remains, without secrets.
 */
export function toFerryError(thrown: unknown): FerryError {
  const error = refusedCommand(thrown) ?? thrown;
  if (error instanceof FerryError) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new InternalError(redacted(text), 'This is a bug in ims-ferry; please report it.');
}
