import type { ObsClient } from '../shared/cloud/obs/obs-answers.ts';
import { loadObsConfig } from '../shared/config/cloud/load-cloud.ts';
import type { Config } from '../shared/config/config.ts';
import { systemClock } from '../shared/runtime/clock.ts';
import type { Io } from './io.ts';

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
  const { createHttp } = await import('../shared/cloud/http/http.ts');
  const { createObsClient } = await import('../shared/cloud/obs/obs-client.ts');
  const clock = systemClock;
  const http = createHttp({ allowHttp: config.allowHttp, clock, network: obs.network });
  try {
    return await work(createObsClient({ http, obs, clock }));
  } finally {
    await http.close();
  }
}
