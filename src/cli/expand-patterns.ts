import { expandManifest } from '../producer/expand/expand-manifest.ts';
import { type ParseResult, refuse } from '../producer/manifest/parse-result.ts';
import type { ObsClient } from '../shared/cloud/obs/obs-client.ts';
import { loadObsConfig, type Wanted } from '../shared/config/cloud/load-cloud.ts';
import { loadConfig } from '../shared/config/load-config.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import { systemClock } from '../shared/runtime/clock.ts';
import type { Io } from './io.ts';

/**
 * OBS with the keys of the environment, for as long as the work takes; `undefined` without keys.
 * @throws ConfigError when they are set by half
 */
export async function withObs<T>(
  { env, cloud }: Wanted,
  work: (obs: ObsClient | undefined) => Promise<T>,
): Promise<T> {
  const obs = await loadObsConfig({ env, cloud });
  if (!obs) return work(undefined);
  const { createHttp } = await import('../shared/cloud/http/http.ts');
  const { createObsClient } = await import('../shared/cloud/obs/obs-client.ts');
  const allowHttp = ['1', 'true'].includes(env['IMS_FERRY_ALLOW_HTTP'] ?? '');
  const http = createHttp({ allowHttp, clock: systemClock, network: obs.network });
  try {
    return await work(createObsClient({ http, obs, clock: systemClock }));
  } finally {
    await http.close();
  }
}

const NO_KEYS =
  'holds a pattern, which is expanded over the list of its bucket; set OS_ACCESS_KEY and OS_SECRET_KEY';

/**
 * The manifest with its patterns expanded; as it is when it has none.
 * @throws CloudError when a bucket cannot be listed
 */
export async function expandPatterns(
  manifest: Manifest,
  io: Pick<Io, 'env'>,
): Promise<ParseResult> {
  const [pattern] = manifest.expands?.patterns ?? [];
  if (!pattern) return { ok: true, manifest, warnings: [] };
  const cloud = manifest.cloud ?? loadConfig(io.env).cloud;
  return withObs({ env: io.env, cloud }, async (obs) => {
    const place = { line: pattern.sample.line, column: 1 };
    return obs ? expandManifest(manifest, obs.list) : refuse(manifest.file, NO_KEYS, place);
  });
}
