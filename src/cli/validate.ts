import { formatIssue, type ManifestIssue } from '../producer/manifest/issue.ts';
import { loadManifest } from '../producer/manifest/load-manifest.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { countKinds, type Manifest } from '../shared/image/image-request.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import type { Io } from './io.ts';

/** `validate FILE…`: checks manifests offline. With `json` only data goes to standard output. */
export async function validate(
  files: readonly string[],
  io: Pick<Io, 'out' | 'err'> & Partial<Pick<Io, 'stop'>>,
  options: { readonly json?: boolean } = {},
): Promise<ExitCode> {
  const errors: ManifestIssue[] = [];
  const warnings: ManifestIssue[] = [];
  for (const file of files) {
    const result = await loadManifest(file, io.stop);
    if (io.stop?.aborted) {
      io.err('Stopped before all was checked.');
      return EXIT.imageFailed;
    }
    warnings.push(...result.warnings);
    for (const warning of result.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    if (!result.ok) {
      errors.push(...result.issues);
      for (const issue of result.issues) io.err(formatIssue(issue));
    } else if (!options.json) io.out(summary(result.manifest));
  }
  if (options.json) io.out(JSON.stringify({ ok: errors.length === 0, errors, warnings }));
  return errors.length === 0 ? EXIT.ok : EXIT.usage;
}

function summary({ file, name, images, expands }: Manifest): string {
  const kinds = countKinds(images.map(({ request }) => request));
  const what = images.length === 1 ? 'image' : 'images';
  const patterns = expands?.patterns.length ?? 0;
  const more =
    patterns === 0
      ? ''
      : `, and ${patterns} ${patterns === 1 ? 'pattern' : 'patterns'} to be expanded when it is submitted`;
  return `${escapeText(file)}: ${images.length} ${what} (${kinds}) in batch "${name}"${more}`;
}
