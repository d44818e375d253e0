import type { Command } from 'commander';
import type { Adding } from './adding.ts';

/** Commands that say what is set, and whether it works. */
export function addAccountCommands(program: Command, { io, does }: Adding): void {
  program
    .command('config')
    .description('every setting that counts and where it was said; secrets are not shown')
    .option('--json', 'print data only')
    .action(async (flags: { json?: true }) => {
      const { showConfig } = await import('../config.ts');
      await does(showConfig({ json: flags.json ?? false }, io));
    });
  program
    .command('doctor')
    .description('look at Redis, the login, the catalog, IMS, the quota, the clock and OBS')
    .option('--bucket <bucket>', 'a bucket that has to be readable')
    .option('--json', 'print data only')
    .action(async ({ json = false, bucket }: { json?: boolean; bucket?: string }) => {
      const { doctor } = await import('../doctor.ts');
      await does(doctor({ json, ...(bucket === undefined ? {} : { bucket }) }, io));
    });
}
