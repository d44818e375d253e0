import type { Command } from 'commander';
import { loadConfig } from '../../shared/config/load-config.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import type { Adding } from './adding.ts';
import { duration } from './numbers.ts';

interface SubmitFlags {
  readonly wait?: true;
  readonly keepWaiting?: true;
  readonly timeout?: number;
  readonly retryFailed?: true;
  readonly recreate?: true;
}

/** The ways in for manifests. */
export function addImportCommands(program: Command, { io, does }: Adding): void {
  program
    .command('submit <file...>')
    .description('register and enqueue the images of manifests')
    .option('--wait', 'show progress until every image has its outcome')
    .option('--keep-waiting', 'with --wait: stay although a stop needs a person')
    .option('--timeout <duration>', 'with --wait: no longer than that (90s, 30m, 12h)', duration)
    .option('--retry-failed', 'start a new attempt for images that failed')
    .option('--recreate', 'start a new attempt for images that succeeded (their image is gone)')
    .action(async (files: string[], flags: SubmitFlags) => {
      if (flags.timeout !== undefined && !flags.wait) {
        throw new UsageError('--timeout needs --wait.', 'Without --wait nothing is waited for.');
      }
      const { submit } = await import('../submit.ts');
      const options = {
        wait: flags.wait ?? false,
        keepWaiting: flags.keepWaiting ?? false,
        retryFailed: flags.retryFailed ?? false,
        recreate: flags.recreate ?? false,
        ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
      };
      await does(submit(files, options, { config: loadConfig(io.env), io }));
    });
}
