import type { Http } from '../../shared/cloud/http/http.ts';
import type { OtherClouds } from '../../shared/cloud/other-clouds.ts';
import { loadCloudConfig } from '../../shared/config/cloud/load-cloud.ts';
import { type Config, loadConfig } from '../../shared/config/config.ts';
import { silentLogger } from '../../shared/log/logger.ts';
import type { Io } from '../io.ts';
import { inTurn } from './in-turn.ts';
import { type CloudSettings, openCloud } from './open-cloud.ts';
import { type OpenLedger, withLedger } from './open-ledger.ts';
import { createOtherClouds } from './other-clouds.ts';

type OpenedCloud = OpenLedger &
  Omit<ReturnType<typeof openCloud>, 'close'> &
  Pick<CloudSettings, 'cloud'> & {
    /** Where copies of its images may be. */
    readonly others: OtherClouds;
  };

/**
 * Opens the ledger and logs in for the work, and always closes both. Calls of IMS share the rate of the workers.
 * @throws ConfigError with every problem of the settings at once
 * @throws LedgerMismatchError when the ledger belongs to another project than the login, or another
 * ledger of this Redis has the project
 */
export async function withCloud<T>(
  io: Io,
  work: (open: OpenedCloud, config: Config) => Promise<T>,
  config: Config = loadConfig(io.env),
): Promise<T> {
  const cloud = await loadCloudConfig({ env: io.env, cloud: config.cloud });
  return withLedger({ config, io }, async (open) => {
    const log = silentLogger();
    const through = (http: Http): Http => inTurn(http, { ...open, stop: io.stop });
    const { close, ...opened } = openCloud({ config, cloud }, open, { log, through });
    const others = createOtherClouds({ config, env: io.env, open, log });
    try {
      const { projectId, imsEndpoint } = await opened.sessions.get();
      await open.project.bind(projectId);
      await open.project.claim.check(projectId, imsEndpoint);
      return await work({ ...open, ...opened, cloud, others }, config);
    } finally {
      await Promise.all([close(), others.close()]);
    }
  });
}
