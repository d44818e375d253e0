import { type Command, Option } from 'commander';
import { loadConfig } from '../../shared/config/load-config.ts';
import type { Format } from '../report.ts';
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
  program
    .command('report <batch>')
    .description('the outcome of every image of a batch, and what went wrong')
    .addOption(
      new Option('--format <format>', 'how to write it')
        .choices(['table', 'json', 'csv', 'junit', 'html'] satisfies Format[])
        .default('table'),
    )
    .option('--output <file>', 'write a file instead of standard output')
    .action(async (batch: string, flags: { format: Format; output?: string }) => {
      const { report } = await import('../report.ts');
      await does(report({ batch, ...flags }, { config: loadConfig(io.env), io }));
    });
}
