import type { Command } from 'commander';
import { loadConfig } from '../../shared/config/load-config.ts';
import type { Adding } from './adding.ts';

/** Commands that look and change nothing. */
export function addLookCommands(program: Command, { io, does }: Adding): void {
  program
    .command('status [batch]')
    .description('counts of all batches, or the images of one')
    .option('--json', 'print data only')
    .action(async (batch: string | undefined, flags: { json?: true }) => {
      const { status } = await import('../status.ts');
      const options = { json: flags.json ?? false, ...(batch === undefined ? {} : { batch }) };
      await does(status(options, { config: loadConfig(io.env), io }));
    });
}
