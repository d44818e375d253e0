import type { Command } from 'commander';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { archive } from '../archive.ts';
import { type CommandContext, duration } from '../command.ts';
import { envOf } from '../open-ledger.ts';

interface ArchiveFlags {
  readonly olderThan?: number;
  readonly to?: string;
  readonly dryRun?: boolean;
}

export function archiveCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option(
      '--older-than <duration>',
      'only batches that finished this long ago (default: 30d, named batches: any)',
      duration,
    )
    .option('--to <folder>', 'folder for the files (default: IMS_FERRY_ARCHIVE_DIR)')
    .option('--dry-run', 'only show what would be archived')
    .action((batches: string[], { olderThan: olderThanMs, to, dryRun = false }: ArchiveFlags) =>
      run(archive(omitUndefined({ batches, dryRun, olderThanMs, to }), envOf(io))),
    );
}
