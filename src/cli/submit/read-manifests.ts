import { expandManifest } from '../../producer/expand/expand-manifest.ts';
import { formatIssue, type ParseResult, refuse } from '../../producer/manifest/issue.ts';
import type { ObsClient } from '../../shared/cloud/obs/obs-client.ts';
import { loadObsConfig } from '../../shared/config/cloud/load-cloud.ts';
import { type Config, loadConfig } from '../../shared/config/config.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import type { Io } from '../io.ts';
import { unknownCopyClouds } from './copy-clouds.ts';
import { type ManifestFlags, manifestReader } from './manifest-input.ts';

/** All manifests; `undefined` when stopped, or after printing every error of every file. */
export async function readManifests(
  files: readonly string[],
  io: Pick<Io, 'err' | 'stop' | 'env'> & Partial<Pick<Io, 'draw' | 'stdin' | 'terminal'>>,
  flags: ManifestFlags = {},
): Promise<readonly Manifest[] | undefined> {
  const read = manifestReader(flags, io);
  const manifests: Manifest[] = [];
  for (const file of files) {
    // A large file takes many seconds.
    const isDrawn = io.terminal === true && file !== '-';
    if (isDrawn) io.draw?.(`Reading ${escapeText(file)} …`);
    const result = await read(file);
    if (isDrawn) io.draw?.('\r\u001b[2K');
    if (io.stop.aborted) return undefined;
    for (const warning of result.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    const expanded = result.ok ? await expandPatterns(result.manifest, io) : result;
    if (expanded !== result) {
      for (const warning of expanded.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    }
    const unknown = expanded.ok ? await unknownCopyClouds(expanded.manifest, io) : expanded.issues;
    for (const issue of unknown) io.err(formatIssue(issue));
    if (expanded.ok && unknown.length === 0) manifests.push(expanded.manifest);
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

/**
 * Opens OBS with the keys of the settings for the work; `undefined` where none are set.
 * @throws ConfigError when only one key is set
 */
export async function withObs<T>(
  {
    config,
    io,
  }: { readonly config: Pick<Config, 'allowHttp' | 'cloud'>; readonly io: Pick<Io, 'env'> },
  work: (obs: ObsClient | undefined) => Promise<T>,
): Promise<T> {
  const obs = await loadObsConfig({ env: io.env, cloud: config.cloud });
  if (!obs) return work(undefined);
  // Loaded only with keys: HTTP takes a fifth of a second to load.
  const { createHttp } = await import('../../shared/cloud/http/http.ts');
  const { createObsClient } = await import('../../shared/cloud/obs/obs-client.ts');
  const clock = systemClock;
  const http = createHttp({ allowHttp: config.allowHttp, clock, network: obs.network });
  try {
    return await work(createObsClient({ http, obs, clock }));
  } finally {
    await http.close();
  }
}
