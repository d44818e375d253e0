import type { Command } from 'commander';
import type { Adding } from './adding.ts';

/** Commands around manifests, without Redis. */
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
    .command('schema')
    .description("print the manifest's JSON Schema")
    .action(async () => {
      const { schemaText } = await import('../schema.ts');
      io.out(schemaText().trimEnd());
    });
}
