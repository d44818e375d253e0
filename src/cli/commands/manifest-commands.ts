import type { Command } from 'commander';
import { loadConfig } from '../../shared/config/config.ts';
import type { Adding } from './adding.ts';
import { wholeNumber } from './numbers.ts';

/** Commands around manifests that change nothing. */
export function addManifestCommands(program: Command, { io, does }: Adding): void {
  program
    .command('validate <file...>')
    .description('check manifests, offline')
    .option('--json', 'print the errors as JSON')
    .action(async (files: string[], options: { json?: true }) => {
      const { validate } = await import('../validate.ts');
      await does(validate(files, io, { json: options.json ?? false }));
    });
  program
    .command('plan <file...>')
    .description('say what would be created, adopted and skipped, and whether the quota holds it')
    .option('--json', 'print data only')
    .action(async (files: string[], options: { json?: true }) => {
      const { plan } = await import('../plan.ts');
      const flags = { json: options.json ?? false };
      await does(plan(files, flags, { config: loadConfig(io.env), io }));
    });
  program
    .command('init')
    .description('write a manifest to start from: the images that lie in a bucket')
    .requiredOption('--bucket <bucket>', 'bucket to list')
    .option('--prefix <prefix>', 'only objects whose name begins so', '')
    .option(
      '--min-disk <gb>',
      'min_disk of all images (default: a guess from their size)',
      wholeNumber,
    )
    .option('--output <file>', 'write a new file instead; - is standard output')
    .action(
      async (flags: { bucket: string; prefix: string; minDisk?: number; output?: string }) => {
        const { init } = await import('../init.ts');
        await does(init(flags, io));
      },
    );
  program
    .command('schema')
    .description("print the manifest's JSON Schema")
    .action(async () => {
      const { schemaText } = await import('../schema.ts');
      io.out(schemaText().trimEnd());
    });
}
