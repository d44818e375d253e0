import type { LookAtObject } from '../producer/plan/check-sources.ts';
import { planSummary } from '../producer/plan/describe-plan.ts';
import { makePlan } from '../producer/plan/make-plan.ts';
import {
  exceedsQuota,
  type Plan,
  type PlannedImage,
  refusedImages,
} from '../producer/plan/plan.ts';
import { imagesMade, type NewAttempts } from '../producer/plan/plan-image.ts';
import { problemLines } from '../producer/plan/plan-problems.ts';
import { type CloudView, readCloud } from '../producer/plan/read-cloud.ts';
import { drawBar } from '../producer/progress.ts';
import type { ObsClient } from '../shared/cloud/obs/obs-client.ts';
import type { CloudConfig } from '../shared/config/cloud/cloud-config.ts';
import { findCloudConfig } from '../shared/config/cloud/load-cloud.ts';
import { FerryError, LedgerMismatchError } from '../shared/errors/errors.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import { silentLogger } from '../shared/log/logger.ts';
import { atMost, LATE, systemClock } from '../shared/runtime/clock.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import { progressLine } from './io.ts';
import type { Env, OpenLedger } from './open-ledger.ts';
import { withObs } from './read-manifests.ts';

/** What the cloud shows before a plan is made: the image list, the quota, and access to source objects. */
export interface Preflight {
  readonly cloud: CloudView;
  readonly look?: LookAtObject;
}

/**
 * Reads the image list and the quota, where a login is set.
 * @throws ConfigError when the login is incomplete
 * @throws LedgerMismatchError when the ledger belongs to another project than the login
 */
export async function readPreflight(
  open: OpenLedger,
  { config, io }: Env,
  obs: ObsClient | undefined,
): Promise<Preflight> {
  const login = await findCloudConfig({ env: io.env, cloud: config.cloud });
  const cloud = login ? await viewCloud(open, { config, cloud: login }) : noLogin(config.cloud);
  if (obs) return { cloud, look: obs.head };
  const sources = 'source objects: OS_ACCESS_KEY and OS_SECRET_KEY are not set';
  return { cloud: { ...cloud, notChecked: [...cloud.notChecked, sources] } };
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
  const { openCloud } = await import('./open-cloud.ts');
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
  const input = { ...preflight, manifests, maxInFlight: config.maxInFlight };
  return makePlan(open, omitUndefined({ ...input, onChecked, again })).finally(() => line.end());
}

/** A slow cloud must not delay a submit for long: the workers will notice the same problems. */
const PATIENCE_MS = 15_000;

export interface SubmitChecks extends Env {
  /** Submit what fits when the quota cannot hold everything. */
  readonly partial: boolean;
  /** Submit what IMS would refuse, too. */
  readonly force: boolean;
  readonly again: NewAttempts;
}

/** `leftOut`: the images that IMS would refuse. */
export type Checked =
  | { readonly kind: 'go'; readonly leftOut: readonly PlannedImage[] }
  | { readonly kind: 'over-quota' };

const NONE_LEFT_OUT: Checked = { kind: 'go', leftOut: [] };
/** A manifest may have 200,000 images. */
const MAX_LISTED = 40;

/**
 * Runs the checks of `plan` before anything is registered. What cannot be checked is reported, and
 * submitted.
 * @throws LedgerMismatchError when the ledger belongs to another project than the login
 */
export async function checkBeforeSubmit(
  open: OpenLedger,
  manifests: readonly Manifest[],
  env: SubmitChecks,
): Promise<Checked> {
  const { config, io, again } = env;
  return withObs(env, async (obs) => {
    const preflight = await preflightInTime(open, env, obs);
    if (!preflight || needsNoPlan(preflight, manifests)) return NONE_LEFT_OUT;
    const plan = await planFrom(open, manifests, { config, io, preflight, again });
    const columns = io.terminal ? io.columns : Number.POSITIVE_INFINITY;
    const doubtful = plan.images.filter(({ source }) => source && source.state !== 'good');
    for (const line of problemLines(doubtful, { columns, most: MAX_LISTED })) io.err(line);
    if (exceedsQuota(plan)) {
      for (const line of planSummary(plan, columns)) io.err(line);
      if (!env.partial) {
        io.err('Nothing was submitted. Use --partial to submit what fits.');
        return { kind: 'over-quota' };
      }
    }
    const leftOut = refusedImages(plan);
    if (!env.force) return { kind: 'go', leftOut };
    if (leftOut.length > 0) io.err('They are submitted as they are, because of --force.');
    return NONE_LEFT_OUT;
  });
}

/** True when there is no object to check, and room for every image even if all of them are new. */
function needsNoPlan({ cloud, look }: Preflight, manifests: readonly Manifest[]): boolean {
  if (look) return false;
  if (!cloud.quota) return true;
  const { used, quota } = cloud.quota;
  const most = manifests
    .flatMap(({ images }) => images)
    .reduce((sum, { request }) => sum + imagesMade(request), 0);
  return most <= quota - used;
}

/** `undefined` when the cloud does not answer in time. */
async function preflightInTime(
  open: OpenLedger,
  env: Env,
  obs: ObsClient | undefined,
): Promise<Preflight | undefined> {
  const reading = readPreflight(open, env, obs).catch((error: unknown): Preflight => {
    if (error instanceof LedgerMismatchError || !(error instanceof FerryError)) throw error;
    return { cloud: { notChecked: [`images and quota: ${error.message}`], failure: error } };
  });
  const preflight = await atMost(open.clock, PATIENCE_MS, reading);
  if (preflight === LATE) {
    env.io.err('Not checked: images and quota: no answer within 15 s');
    return undefined;
  }
  if (!preflight.cloud.quota) env.io.err(`Not checked: ${preflight.cloud.notChecked[0] ?? ''}`);
  return preflight;
}
