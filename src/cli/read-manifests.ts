import { expandManifest } from '../producer/expand/expand-manifest.ts';
import { formatIssue } from '../producer/manifest/issue.ts';
import { loadManifest } from '../producer/manifest/load-manifest.ts';
import { type ParseResult, refuse } from '../producer/manifest/parse-result.ts';
import { loadConfig } from '../shared/config/config.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import type { Io } from './io.ts';
import { withObs } from './with-obs.ts';

/** All manifests; `undefined` when stopped, or after printing every error of every file. */
export async function readManifests(
  files: readonly string[],
  io: Pick<Io, 'err' | 'stop' | 'env'> & Partial<Pick<Io, 'draw' | 'terminal'>>,
): Promise<readonly Manifest[] | undefined> {
  const manifests: Manifest[] = [];
  for (const file of files) {
    // A large file takes many seconds.
    if (io.terminal) io.draw?.(`Reading ${escapeText(file)} …`);
    const result = await loadManifest(file, io.stop);
    if (io.terminal) io.draw?.('\r\u001b[2K');
    if (io.stop.aborted) return undefined;
    for (const warning of result.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    const expanded = result.ok ? await expandPatterns(result.manifest, io) : result;
    if (expanded !== result) {
      for (const warning of expanded.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    }
    if (expanded.ok) manifests.push(expanded.manifest);
    else for (const issue of expanded.issues) io.err(formatIssue(issue));
  }
  return manifests.length === files.length ? manifests : undefined;
}

const NO_KEYS =
  'contains a pattern, which is expanded from the object list of its bucket; set OS_ACCESS_KEY and OS_SECRET_KEY';

/**
 * The manifest with its patterns expanded; unchanged when it has none.
 * @throws CloudError when a bucket cannot be listed
 */
export async function expandPatterns(
  manifest: Manifest,
  io: Pick<Io, 'env'>,
): Promise<ParseResult> {
  const [pattern] = manifest.expands?.patterns ?? [];
  if (!pattern) return { ok: true, manifest, warnings: [] };
  const { allowHttp, ...own } = loadConfig(io.env);
  const config = omitUndefined({ allowHttp, cloud: manifest.cloud ?? own.cloud });
  return withObs({ config, io }, async (obs) => {
    const place = { line: pattern.sample.line, column: 1 };
    return obs ? expandManifest(manifest, obs.list) : refuse(manifest.file, NO_KEYS, place);
  });
}
