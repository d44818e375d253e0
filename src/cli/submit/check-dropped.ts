import { hasAuto } from '../../producer/expand/size-disks.ts';
import { makePlan } from '../../producer/plan/make-plan.ts';
import { type Plan, refusedImages } from '../../producer/plan/plan.ts';
import type { CloudView } from '../../producer/plan/read-cloud.ts';
import {
  type DroppedImages,
  judgeDropped,
  judgeUnseen,
} from '../../producer/watch/judge-dropped.ts';
import { SilentBuckets } from '../../producer/watch/silent-buckets.ts';
import { FerryError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import type { Logger } from '../../shared/log/logger.ts';
import { atMost, LATE, systemClock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import type { Env, OpenLedger } from '../open/open-ledger.ts';
import { PATIENCE_MS, readInTime } from './check-before-submit.ts';
import { readPreflight } from './preflight.ts';
import { sizeManifest, withSources } from './sources.ts';

interface Watching extends Env {
  /** No further header is read once it is aborted. */
  readonly stop: AbortSignal;
  readonly log: Logger;
}

interface Checking extends Watching {
  readonly open: OpenLedger;
  readonly silent: SilentBuckets;
}

/**
 * The checks of `submit` for manifests of a folder, one after the other: it has nobody to ask, so what cannot be
 * checked is submitted, and a small quota is left to the workers.
 */
export function droppedChecks(
  ledgerOf: (cloud: string | undefined) => Promise<OpenLedger>,
  env: Watching,
): (manifest: Manifest) => Promise<DroppedImages> {
  const silent = new SilentBuckets(systemClock);
  let isKeylessLogged = false;
  return async (manifest) => {
    const { cloud } = manifest;
    const open = await ledgerOf(cloud);
    const config = { ...env.config, ...omitUndefined({ cloud }) };
    const checking = { ...env, config, open, silent };
    try {
      return await withSources({ ...checking, redis: open.redis }, (sources) => {
        if (!sources && config.submitChecks && !isKeylessLogged) {
          isKeylessLogged = true;
          const advice = 'Set OS_ACCESS_KEY and OS_SECRET_KEY.';
          env.log.info({ advice }, 'image files are not checked');
        }
        return checkDropped(manifest, sources, checking);
      });
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      const { message: reason, advice } = error;
      if (hasAuto(manifest)) return { kind: 'waits', ...omitUndefined({ reason, advice }) };
      const found = [notChecked(reason)];
      return { kind: 'go', manifest, leftOut: [], found, isPartial: false };
    }
  };
}

async function checkDropped(
  manifest: Manifest,
  sources: SourceFiles | undefined,
  checking: Checking,
): Promise<DroppedImages> {
  const { config, io, open, silent } = checking;
  const { ledger } = open;
  const sized = await sizeManifest(manifest, { config, io: { env: io.env }, ledger, sources });
  if (!sources) return judgeUnseen(sized, { hasKeys: false, found: [] });
  if (!config.submitChecks) return judgeUnseen(sized, { hasKeys: true, found: [] });
  const why = silent.whyUnseen(sized);
  if (why !== undefined) return judgeUnseen(sized, { hasKeys: true, found: [notChecked(why)] });
  const plan = await planDropped(sized, sources, checking);
  silent.learn(plan, sized);
  return judgeDropped(sized, plan);
}

function notChecked(why: string): string {
  return `not checked: ${why}`;
}

async function planDropped(
  manifest: Manifest,
  sources: SourceFiles,
  { open, stop, ...env }: Checking,
): Promise<Plan> {
  const timely = readInTime(sources, () => stop.aborted);
  const { maxInFlight } = env.config;
  const planned = (cloud: CloudView) =>
    makePlan(open, { manifests: [manifest], cloud, sources: timely, maxInFlight });
  const plan = await planned({ notChecked: [] });
  if (refusedImages(plan).length === 0) return plan;
  // An import whose image is in IMS is adopted, even if its object is gone: only the image list knows.
  const reading = readPreflight(open, env, sources).catch(ignored);
  const seen = await atMost(open.clock, PATIENCE_MS, reading);
  const listed = seen === LATE ? undefined : seen?.cloud.listed;
  return listed ? planned({ listed, notChecked: [] }) : plan;
}

function ignored(error: unknown): undefined {
  if (!(error instanceof FerryError)) throw error;
}
