import type { Command } from 'commander';
import { formatIssue, type ManifestIssue } from '../../producer/manifest/issue.ts';
import { manifestJsonSchema } from '../../producer/manifest/json-schema.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import { countKinds, type Manifest } from '../../shared/image/image-request.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import type { CommandContext } from '../command.ts';
import { countImages } from '../describe.ts';
import { type Io, printJson } from '../io.ts';
import {
  type ManifestFlags,
  type ManifestIo,
  manifestOptions,
  manifestReader,
} from '../submit/manifest-input.ts';

export function validateCommand(command: Command, { io, run }: CommandContext): void {
  manifestOptions(command)
    .option('--json', 'print the errors as JSON')
    .action((files: string[], flags: ValidateFlags) => run(validate(files, io, flags)));
}

export function schemaCommand(command: Command, { io }: CommandContext): void {
  command.action(() => io.out(manifestJsonSchema().trimEnd()));
}

interface ValidateFlags extends ManifestFlags {
  readonly json?: boolean;
}

/** Checks manifests offline. */
export async function validate(
  files: readonly string[],
  io: Pick<Io, 'out'> & ManifestIo,
  flags: ValidateFlags = {},
): Promise<ExitCode> {
  const read = manifestReader(flags, io);
  const errors: ManifestIssue[] = [];
  const warnings: ManifestIssue[] = [];
  for (const file of files) {
    const result = await read(file);
    if (io.stop?.aborted) {
      io.err('Stopped before every file was checked.');
      return EXIT.imageFailed;
    }
    warnings.push(...result.warnings);
    for (const warning of result.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    if (!result.ok) {
      errors.push(...result.issues);
      for (const issue of result.issues) io.err(formatIssue(issue));
    } else if (!flags.json) io.out(summary(result.manifest));
  }
  if (flags.json) printJson(io, { ok: errors.length === 0, errors, warnings });
  return errors.length === 0 ? EXIT.ok : EXIT.usage;
}

function summary({ file, name, images, expands, retention = [] }: Manifest): string {
  const kinds = countKinds(images.map(({ request }) => request));
  const patterns = expands?.patterns.length ?? 0;
  const more =
    patterns === 0
      ? ''
      : `, and ${patterns} ${patterns === 1 ? 'pattern' : 'patterns'} to expand on submit`;
  const families = retention.length === 1 ? '1 family' : `${retention.length} families`;
  const kept = retention.length === 0 ? '' : `; retention of ${families} for prune`;
  return `${escapeText(file)}: ${countImages(images.length)} (${kinds}) in batch "${name}"${more}${kept}`;
}
