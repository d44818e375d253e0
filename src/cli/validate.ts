import { formatIssue, type ManifestIssue } from '../producer/manifest/issue.ts';
import { loadManifest } from '../producer/manifest/load-manifest.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import type { Io } from './io.ts';

/** `validate FILE…`: checks manifests offline; data to standard output only with `--json`. */
export async function validate(
  files: readonly string[],
  io: Pick<Io, 'out' | 'err'>,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const issues: ManifestIssue[] = [];
  for (const file of files) {
    const result = await loadManifest(file);
    for (const warning of result.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    if (result.ok) io.err(summary(result.manifest));
    else issues.push(...result.issues);
  }
  if (options.json) io.out(JSON.stringify({ ok: issues.length === 0, errors: issues }));
  else for (const issue of issues) io.err(formatIssue(issue));
  return issues.length === 0 ? EXIT.ok : EXIT.usage;
}

function summary({ file, name, images }: Manifest): string {
  const data = images.filter(({ request }) => request.kind === 'data').length;
  const quick = images.filter(({ request }) => request.quick_import).length;
  const kinds = `${images.length - data} system, ${data} data, ${quick} of them quick`;
  return `${file}: batch "${name}", ${images.length} images (${kinds})`;
}
