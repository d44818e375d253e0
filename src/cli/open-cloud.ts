import { createHttp } from '../shared/cloud/http.ts';
import type { ImsClient, Sessions } from '../shared/cloud/ims-answers.ts';
import { createImsClient } from '../shared/cloud/ims-client.ts';
import { createSessions } from '../shared/cloud/sessions.ts';
import type { CloudConfig, Config } from '../shared/config/config.ts';
import type { Logger } from '../shared/log/logger.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import type { OpenLedger } from './open-ledger.ts';

/** IAM and IMS, with the token that all processes on this Redis share. */
export interface OpenCloud {
  readonly sessions: Sessions;
  readonly ims: ImsClient;
  close(): Promise<void>;
}

export function openCloud(
  settings: { readonly config: Config; readonly cloud: CloudConfig },
  open: Pick<OpenLedger, 'clock' | 'redis' | 'ledger'>,
  log: Logger,
): OpenCloud {
  const { config, cloud } = settings;
  const { clock, redis, ledger } = open;
  const http = createHttp({ allowHttp: config.allowHttp, clock });
  const prefix = `${ledger.keys.prefix}token:`;
  const sessions = createSessions({
    http,
    config,
    cloud,
    redis,
    prefix,
    clock,
    random: systemRandom,
    log,
  });
  const ims = createImsClient({ http, sessions, jobApi: cloud.jobApi });
  return { sessions, ims, close: () => http.close() };
}
