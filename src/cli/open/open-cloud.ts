import { createHttp, type Http } from '../../shared/cloud/http/http.ts';
import { createImsClient } from '../../shared/cloud/ims/ims-client.ts';
import { createReader } from '../../shared/cloud/ims/ims-reader.ts';
import { createWriter } from '../../shared/cloud/ims/ims-writer.ts';
import { createMembers } from '../../shared/cloud/ims/members.ts';
import { createSessions } from '../../shared/cloud/session/sessions.ts';
import type { CloudConfig } from '../../shared/config/cloud/cloud-config.ts';
import type { Config } from '../../shared/config/config.ts';
import type { LedgerKeys } from '../../shared/ledger/ledger-keys.ts';
import type { Logger } from '../../shared/log/logger.ts';
import { type Metrics, NO_METRICS } from '../../shared/metrics/metrics.ts';
import { observedHttp } from '../../shared/metrics/observed-http.ts';
import { systemRandom } from '../../shared/runtime/random.ts';
import type { OpenLedger } from './open-ledger.ts';

/** The settings of anything that talks to the cloud. */
export interface CloudSettings {
  readonly config: Config;
  readonly cloud: CloudConfig;
}

/** A ledger, of which only the place of its tokens counts. */
interface Prefixed {
  readonly keys: Pick<LedgerKeys, 'prefix'>;
}

interface Talking {
  readonly log: Logger;
  readonly metrics?: Metrics;
  /** What every call goes through. */
  readonly through?: (http: Http) => Http;
}

/** IAM and IMS, with the token that all processes on this Redis share. */
export function openCloud(
  { config, cloud }: CloudSettings,
  open: Pick<OpenLedger, 'clock' | 'redis' | 'traces'> & { readonly ledger: Prefixed },
  { log, metrics = NO_METRICS, through = (http) => http }: Talking,
) {
  const { clock, redis, ledger } = open;
  const plain = createHttp({ allowHttp: config.allowHttp, clock, network: cloud.network });
  const http = through(observedHttp(plain, { metrics, traces: open.traces, clock }));
  const sessions = createSessions({
    ...{ http, config, cloud, redis, clock, log },
    prefix: `${ledger.keys.prefix}token:`,
    random: systemRandom,
    onToken: (issuedAt) => metrics.token(issuedAt),
  });
  const ims = createImsClient({ http, sessions, ...cloud });
  const writer = createWriter(http, sessions);
  const members = createMembers(createReader(http, sessions), writer);
  return { http, sessions, ims, writer, members, close: () => http.close() };
}
