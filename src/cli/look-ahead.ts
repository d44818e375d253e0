import type { LookAtObject } from '../producer/plan/check-sources.ts';
import { makePlan } from '../producer/plan/make-plan.ts';
import type { Plan } from '../producer/plan/plan.ts';
import { type CloudView, readCloud } from '../producer/plan/read-cloud.ts';
import type { ObsClient } from '../shared/cloud/obs/obs-client.ts';
import { findCloudConfig } from '../shared/config/cloud/load-cloud.ts';
import type { CloudConfig, Config } from '../shared/config/config.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import { silentLogger } from '../shared/log/logger.ts';
import type { Io } from './io.ts';
import type { OpenLedger } from './open-ledger.ts';

interface Env {
  readonly config: Config;
  readonly io: Io;
}

/** What can be known without the ledger: the image list, the quota, and how to look at objects. */
export interface Outlook {
  readonly cloud: CloudView;
  readonly look?: LookAtObject;
}

/**
 * Asks IMS, where a login is set.
 * @throws ConfigError when it is set by half
 * @throws LedgerMismatchError when the ledger belongs to another project than the login
 */
export async function outlook(
  open: OpenLedger,
  { config, io }: Env,
  obs: ObsClient | undefined,
): Promise<Outlook> {
  const login = await findCloudConfig({ env: io.env, cloud: config.cloud });
  const cloud = login ? await askCloud(open, { config, cloud: login }) : noLogin(config);
  if (obs) return { cloud, look: obs.head };
  const sources = 'source objects: OS_ACCESS_KEY and OS_SECRET_KEY are not set';
  return { cloud: { ...cloud, notChecked: [...cloud.notChecked, sources] } };
}

/** What `plan` shows and `submit` checks: the ledger, IMS, the quota and the source objects. */
export async function lookAhead(
  open: OpenLedger,
  manifests: readonly Manifest[],
  at: Outlook & { readonly config: Config },
): Promise<Plan> {
  const { maxInFlight } = at.config;
  return makePlan(open, { ...at, manifests, maxInFlight });
}

function noLogin({ cloud }: Config): CloudView {
  const why =
    cloud === undefined
      ? 'neither OS_AUTH_URL nor OS_CLOUD is set'
      : `there is no clouds.yaml here with cloud ${cloud}`;
  return { notChecked: [`images and quota: ${why}`] };
}

async function askCloud(
  open: OpenLedger,
  settings: { readonly config: Config; readonly cloud: CloudConfig },
): Promise<CloudView> {
  // Loaded where there is a login: HTTP takes a fifth of a second.
  const { openCloud } = await import('./open-cloud.ts');
  const { ims, sessions, close } = openCloud(settings, open, {
    log: silentLogger(),
  });
  try {
    const view = await readCloud({ ims, sessions });
    // Only a login tells the project; it is cached by now.
    if (view.listed) await open.project.checkBound((await sessions.get()).projectId);
    return view;
  } finally {
    await close();
  }
}
