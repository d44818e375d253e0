import type { RemovalDeps } from '../../operator/prune/carry-out.ts';
import { readUsedImages } from '../../shared/cloud/ecs/servers.ts';
import { createHttp } from '../../shared/cloud/http/http.ts';
import { createReader } from '../../shared/cloud/ims/ims-reader.ts';
import { createWriter } from '../../shared/cloud/ims/ims-writer.ts';
import { sharedWith } from '../../shared/cloud/ims/shared-with.ts';
import { loadCloudConfig } from '../../shared/config/cloud/load-cloud.ts';
import { type Config, loadConfig } from '../../shared/config/config.ts';
import { systemRandom } from '../../shared/runtime/random.ts';
import type { Io } from '../io.ts';
import { withCloud } from './with-cloud.ts';

/** Opens the ledger and the cloud for the two commands that delete images. */
export async function withRemoval<T>(
  io: Io,
  work: (deps: RemovalDeps) => Promise<T>,
  config: Config = loadConfig(io.env),
): Promise<T> {
  const cloud = await loadCloudConfig({ env: io.env, cloud: config.cloud });
  const run = async (open: Parameters<Parameters<typeof withCloud>[1]>[0]): Promise<T> => {
    const { clock, sessions } = open;
    const { allowHttp } = config;
    const http = createHttp({ allowHttp, clock, network: cloud.network });
    const reader = createReader(http, sessions);
    try {
      return await work({
        ...open,
        writer: createWriter(http, sessions),
        usedImages: () => readUsedImages({ http, sessions, cloud, now: () => clock.now() }),
        sharedWith: (imageId) => sharedWith(reader, imageId),
        owner: systemRandom.id(9),
        stop: io.stop,
      });
    } finally {
      await http.close();
    }
  };
  return withCloud(io, run, config);
}
