import type { RemovalDeps } from '../../operator/prune/carry-out.ts';
import { readUsedImages } from '../../shared/cloud/ecs/servers.ts';
import type { Config } from '../../shared/config/config.ts';
import { systemRandom } from '../../shared/runtime/random.ts';
import type { Io } from '../io.ts';
import { withCloud } from './with-cloud.ts';

/** Opens the ledger and the cloud for the two commands that delete images. */
export function withRemoval<T>(
  io: Io,
  work: (deps: RemovalDeps) => Promise<T>,
  config?: Config,
): Promise<T> {
  const run = (open: Parameters<Parameters<typeof withCloud>[1]>[0]): Promise<T> => {
    const { http, sessions, cloud, clock } = open;
    const usedImages = () => readUsedImages({ http, sessions, cloud, now: () => clock.now() });
    return work({ ...open, usedImages, owner: systemRandom.id(9), stop: io.stop });
  };
  return withCloud(io, run, config);
}
