import type { Command } from 'commander';
import { loadConfig } from '../../shared/config/load-config.ts';
import type { Adding } from './adding.ts';

interface SubmitFlags {
  readonly wait?: true;
  readonly keepWaiting?: true;
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
    .option('--retry-failed', 'start a new attempt for images that failed')
    .option('--recreate', 'start a new attempt for images that succeeded (their image is gone)')
    .action(async (files: string[], flags: SubmitFlags) => {
      const { submit } = await import('../submit.ts');
      const options = {
        wait: flags.wait ?? false,
        keepWaiting: flags.keepWaiting ?? false,
        retryFailed: flags.retryFailed ?? false,
        recreate: flags.recreate ?? false,
      };
      await does(submit(files, options, { config: loadConfig(io.env), io }));
    });
}
