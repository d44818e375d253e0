import { type Command, Option } from 'commander';
import { loadConfig } from '../../shared/config/config.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import type { Format } from '../report.ts';
import type { Adding } from './adding.ts';

interface StatusFlags {
  readonly json?: true;
  readonly watch?: true;
  readonly failed?: true;
  readonly name?: string;
}

/** Commands that look and change nothing. */
export function addLookCommands(program: Command, { io, does }: Adding): void {
  program
    .command('status [batch]')
    .description('counts of all batches, or the images of one')
    .option('--json', 'print data only')
    .option('--watch', 'stay and show how it goes on, until Ctrl-C')
    .option('--failed', 'of one batch: only images that failed, were cancelled or are unknown')
    .option('--name <pattern>', 'of one batch: only images of this name; * and ? stand for others')
    .action(async (batch: string | undefined, flags: StatusFlags) => {
      checkFlags(batch, flags);
      const env = { config: loadConfig(io.env), io };
      const which = batch === undefined ? {} : { batch };
      if (flags.watch) {
        const { watchStatus } = await import('../live/watch-status.ts');
        return does(watchStatus(which, env));
      }
      const { status } = await import('../status.ts');
      const { json = false, failed = false, name } = flags;
      await does(status({ json, failed, ...which, ...(name === undefined ? {} : { name }) }, env));
    });
  program
    .command('report [batch]')
    .description('the outcome of every image of a batch, and what went wrong')
    .addOption(
      new Option('--format <format>', 'how to write it')
        .choices(['table', 'json', 'csv', 'junit', 'html'] satisfies Format[])
        .default('table'),
    )
    .option('--from <file>', 'of a batch that was archived into this file')
    .option('--output <file>', 'write a file instead; - is standard output')
    .action(async (batch: string | undefined, { from, ...flags }: ReportFlags) => {
      const { report } = await import('../report.ts');
      const of = subjectOf(batch, from);
      await does(report({ of, ...flags }, { config: loadConfig(io.env), io }));
    });
}

interface ReportFlags {
  readonly format: Format;
  readonly output?: string;
  readonly from?: string;
}

function subjectOf(batch: string | undefined, file: string | undefined) {
  if (batch !== undefined && file === undefined) return { batch };
  if (batch === undefined && file !== undefined) return { file };
  throw new UsageError(
    'report is about one batch of the ledger, or about one file.',
    'Name either a batch, or a file with --from.',
  );
}

function checkFlags(batch: string | undefined, { json, watch, failed, name }: StatusFlags): void {
  const isSelected = failed || name !== undefined;
  if (watch && json) {
    throw new UsageError('--watch and --json do not go together.', 'Run status --json repeatedly.');
  }
  if (watch && isSelected) {
    throw new UsageError(
      '--watch goes with neither --failed nor --name.',
      'Leave one of them out.',
    );
  }
  if (isSelected && batch === undefined) {
    throw new UsageError('--failed and --name are about the images of one batch.', 'Name a batch.');
  }
}
