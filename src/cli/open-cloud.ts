import { createHttp } from '../shared/cloud/http/http.ts';
import type { ImsClient, Sessions } from '../shared/cloud/ims/ims-answers.ts';
import { createImsClient } from '../shared/cloud/ims/ims-client.ts';
import { createSessions } from '../shared/cloud/session/sessions.ts';
import type { CloudConfig } from '../shared/config/cloud/cloud-config.ts';
import type { Config } from '../shared/config/config.ts';
import type { Logger } from '../shared/log/logger.ts';
import { measuredHttp } from '../shared/metrics/measured-http.ts';
import { type Metrics, NO_METRICS } from '../shared/metrics/metrics.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import { tracedHttp } from '../shared/tracing/traced-http.ts';
import type { OpenLedger } from './open-ledger.ts';

/** IAM and IMS, with the token that all processes on this Redis share. */
export interface OpenCloud {
  readonly sessions: Sessions;
  readonly ims: ImsClient;
  close(): Promise<void>;
}

export function openCloud(
  settings: { readonly config: Config; readonly cloud: CloudConfig },
  open: Pick<OpenLedger, 'clock' | 'redis' | 'ledger' | 'traces'>,
  { log, metrics = NO_METRICS }: { readonly log: Logger; readonly metrics?: Metrics },
): OpenCloud {
  const { config, cloud } = settings;
  const { clock, redis, ledger } = open;
  const plain = createHttp({ allowHttp: config.allowHttp, clock, network: cloud.network });
  const http = tracedHttp(measuredHttp(plain, metrics, clock), open.traces);
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
    onToken: (issuedAt) => metrics.token(issuedAt),
  });
  const ims = createImsClient({ http, sessions, ...cloud });
  return { sessions, ims, close: () => http.close() };
}
