import { planSummary } from '../../producer/plan/describe-plan.ts';
import { exceedsQuota, type PlannedImage, refusedImages } from '../../producer/plan/plan.ts';
import { imagesMade, type NewAttempts } from '../../producer/plan/plan-image.ts';
import { problemLines } from '../../producer/plan/plan-problems.ts';
import type { ObsClient } from '../../shared/cloud/obs/obs-client.ts';
import { FerryError, LedgerMismatchError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { atMost, LATE } from '../../shared/runtime/clock.ts';
import type { Env, OpenLedger } from '../open/open-ledger.ts';
import { type Preflight, planFrom, readPreflight } from './preflight.ts';
import { withObs } from './read-manifests.ts';

/** A slow cloud must not delay a submit for long: the workers will notice the same problems. */
const PATIENCE_MS = 15_000;

interface SubmitChecks extends Env {
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
function needsNoPlan({ cloud, objects }: Preflight, manifests: readonly Manifest[]): boolean {
  if (objects) return false;
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
