import { estimateRequests } from '../../producer/live/estimate-requests.ts';
import { makePlan, type PlanInput } from '../../producer/plan/make-plan.ts';
import type { Plan } from '../../producer/plan/plan.ts';
import type { NewAttempts } from '../../producer/plan/plan-image.ts';
import { type CloudView, readCloud } from '../../producer/plan/read-cloud.ts';
import { drawBar } from '../../producer/progress.ts';
import type { CloudConfig } from '../../shared/config/cloud/cloud-config.ts';
import { findCloudConfig } from '../../shared/config/cloud/load-cloud.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { silentLogger } from '../../shared/log/logger.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import { progressLine } from '../io.ts';
import type { Env, OpenLedger } from '../open/open-ledger.ts';

/** What the cloud shows before a plan is made: the image list, the quota, and access to source objects. */
export interface Preflight {
  readonly cloud: CloudView;
  readonly sources?: SourceFiles;
}

/**
 * Reads the image list and the quota, where a login is set.
 * @throws ConfigError when the login is incomplete
 * @throws LedgerMismatchError when the ledger belongs to another project than the login
 */
export async function readPreflight(
  open: OpenLedger,
  { config, io }: Env,
  sources: SourceFiles | undefined,
): Promise<Preflight> {
  const login = await findCloudConfig({ env: io.env, cloud: config.cloud });
  const cloud = login ? await viewCloud(open, { config, cloud: login }) : noLogin(config.cloud);
  if (sources) return { cloud, sources };
  const missing = 'source objects: OS_ACCESS_KEY and OS_SECRET_KEY are not set';
  return { cloud: { ...cloud, notChecked: [...cloud.notChecked, missing] } };
}

function noLogin(cloud: string | undefined): CloudView {
  const why =
    cloud === undefined
      ? 'neither OS_AUTH_URL nor OS_CLOUD is set'
      : `there is no clouds.yaml here with cloud ${cloud}`;
  return { notChecked: [`images and quota: ${why}`] };
}

async function viewCloud(
  open: OpenLedger,
  settings: { readonly config: Env['config']; readonly cloud: CloudConfig },
): Promise<CloudView> {
  // Loaded only with a login: HTTP takes a fifth of a second to load.
  const { openCloud } = await import('../open/open-cloud.ts');
  const { ims, sessions, close } = openCloud(settings, open, { log: silentLogger() });
  try {
    const view = await readCloud({ ims, sessions });
    // The project is known from the login, which is cached by now.
    if (view.listed) await open.project.checkBound((await sessions.get()).projectId);
    return view;
  } finally {
    await close();
  }
}

/** The line is drawn again after this number of objects. */
const OBJECTS_PER_STEP = 50;

interface Planning extends Env {
  readonly preflight: Preflight;
  readonly again?: NewAttempts;
}

/** What `submit` would do with every image of the manifests. Checking 100,000 objects takes minutes. */
export function planFrom(
  open: OpenLedger,
  manifests: readonly Manifest[],
  { config, io, preflight, again }: Planning,
): Promise<Plan> {
  const line = progressLine(io, systemClock, false);
  const onChecked = (done: number, total: number): void => {
    if (done % OBJECTS_PER_STEP > 0 && done < total) return;
    const bar = `${drawBar(done / total, 20)} ${done}/${total} objects checked`;
    line.show(bar, `${done}/${total} objects checked`);
  };
  const { maxInFlight, submitRate: submitsPerMinute } = config;
  const input: PlanInput = {
    ...preflight,
    manifests,
    maxInFlight,
    estimate: (images, limit) => estimateRequests(open, images, { limit, submitsPerMinute }),
  };
  return makePlan(open, omitUndefined({ ...input, onChecked, again })).finally(() => line.end());
}
