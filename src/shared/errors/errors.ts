/** Exit codes of the process; part of the command-line contract. */
export const EXIT = { ok: 0, imageFailed: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Base of all errors shown to people. `message` says what happened and where, `advice` what to do next.
 * Neither contains a secret, a request body or the query of a URL.
 */
export abstract class FerryError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: ExitCode;
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.name = new.target.name;
    this.advice = advice;
  }
}

/** Wrong use of the command line. */
export class UsageError extends FerryError {
  readonly code = 'USAGE';
  readonly exitCode = EXIT.usage;
}

/** Settings that cannot work; `issues` lists all of them. */
export class ConfigError extends FerryError {
  readonly code = 'CONFIG';
  readonly exitCode = EXIT.usage;
  readonly issues: readonly string[];

  constructor(issues: readonly string[], advice?: string) {
    super(issues.join('\n'), advice);
    this.issues = issues;
  }
}

/** Redis cannot be reached, or is unfit (eviction, read-only). */
export class RedisError extends FerryError {
  readonly code = 'REDIS';
  readonly exitCode = EXIT.unreachable;
}

/** IAM, IMS, OBS or ECS cannot be reached, or refuses a request. */
export class CloudError extends FerryError {
  readonly code = 'CLOUD';
  readonly exitCode = EXIT.unreachable;
  readonly service: 'IAM' | 'IMS' | 'OBS' | 'ECS';
  /** The service's own code (`IMG.0015`, `APIGW.0307`), if it sent one. */
  readonly serviceCode: string | undefined;

  constructor(
    service: 'IAM' | 'IMS' | 'OBS' | 'ECS',
    message: string,
    options: { serviceCode?: string; advice?: string } = {},
  ) {
    super(message, options.advice);
    this.service = service;
    this.serviceCode = options.serviceCode;
  }
}

/** IAM refused the login; further attempts would lock the account. */
export class LoginRefusedError extends FerryError {
  readonly code = 'LOGIN_REFUSED';
  readonly exitCode = EXIT.unreachable;
}

/** The ledger belongs to another project, or was written by a newer version. */
export class LedgerMismatchError extends FerryError {
  readonly code = 'LEDGER_MISMATCH';
  readonly exitCode = EXIT.usage;
}
