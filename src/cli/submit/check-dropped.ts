import { hasAuto } from '../../producer/expand/size-disks.ts';
import { makePlan } from '../../producer/plan/make-plan.ts';
import { type Plan, refusedImages } from '../../producer/plan/plan.ts';
import type { CloudView } from '../../producer/plan/read-cloud.ts';
import {
  type DroppedImages,
  judgeDropped,
  judgeUnseen,
} from '../../producer/watch/judge-dropped.ts';
import { FerryError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import type { Logger } from '../../shared/log/logger.ts';
import { atMost, LATE, systemClock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import type { Env, OpenLedger } from '../open/open-ledger.ts';
import { HEADERS_MS, PATIENCE_MS } from './check-before-submit.ts';
import { readPreflight } from './preflight.ts';
import { sizeManifest, withSources } from './sources.ts';

/** Where nothing of a manifest could be looked at, the next ones are submitted unseen for so long. */
const SILENCE_MS = 60_000;

interface Checking extends Env {
  readonly open: OpenLedger;
  /** No further header is read once it is aborted. */
  readonly stop: AbortSignal;
}

/**
 * The checks of `submit` for manifests of a folder, one after the other: it has nobody to ask, so what cannot be
 * checked is submitted, and a small quota is left to the workers.
 */
export function droppedChecks(
  ledgerOf: (cloud: string | undefined) => Promise<OpenLedger>,
  { config, io, stop, log }: Omit<Checking, 'open'> & { readonly log: Logger },
): (manifest: Manifest) => Promise<DroppedImages> {
  const silences = new Map<string | undefined, { readonly until: number; readonly why: string }>();
  let isKeylessLogged = false;
  return async (manifest) => {
    const { cloud } = manifest;
    const env = { config: { ...config, ...omitUndefined({ cloud }) }, io, stop };
    const open = await ledgerOf(cloud);
    const silence = silences.get(cloud);
    const isSilent = silence !== undefined && systemClock.monotonic() < silence.until;
    try {
      return await withSources({ ...env, redis: open.redis }, async (sources) => {
        const sized = await sizeManifest(manifest, {
          ...{ config: env.config, io: { env: io.env }, ledger: open.ledger, sources },
        });
        if (!sources && config.submitChecks && !isKeylessLogged) {
          isKeylessLogged = true;
          log.info(
            { advice: 'Set OS_ACCESS_KEY and OS_SECRET_KEY.' },
            'image files are not checked',
          );
        }
        if (!sources || !config.submitChecks || isSilent) {
          const found = config.submitChecks && isSilent ? [`not checked: ${silence.why}`] : [];
          return judgeUnseen(sized, { hasKeys: sources !== undefined, found });
        }
        const plan = await planDropped(sized, sources, { ...env, open });
        const why = silenceIn(plan);
        if (why === undefined) silences.delete(cloud);
        else silences.set(cloud, { until: systemClock.monotonic() + SILENCE_MS, why });
        return judgeDropped(sized, plan);
      });
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      const { message: reason, advice } = error;
      if (hasAuto(manifest)) return { kind: 'waits', ...omitUndefined({ reason, advice }) };
      const found = [`not checked: ${reason}`];
      return { kind: 'go', manifest, leftOut: [], found, isPartial: false };
    }
  };
}

async function planDropped(
  manifest: Manifest,
  sources: SourceFiles,
  { open, stop, ...env }: Checking,
): Promise<Plan> {
  const end = systemClock.monotonic() + HEADERS_MS;
  const timely = sources.whileTimely(() => stop.aborted || systemClock.monotonic() > end);
  const { maxInFlight } = env.config;
  const planned = (cloud: CloudView) =>
    makePlan(open, { manifests: [manifest], cloud, sources: timely, maxInFlight });
  const plan = await planned({ notChecked: [] });
  if (refusedImages(plan).length === 0) return plan;
  // An import whose image is in IMS is adopted, even if its object is gone: only the image list knows.
  const seen = await atMost(
    open.clock,
    PATIENCE_MS,
    readPreflight(open, env, sources).catch(ignored),
  );
  const listed = seen === LATE ? undefined : seen?.cloud.listed;
  return listed ? planned({ listed, notChecked: [] }) : plan;
}

function ignored(error: unknown): undefined {
  if (!(error instanceof FerryError)) throw error;
}

/** Why nothing at all could be looked at. */
function silenceIn({ images }: Plan): string | undefined {
  const sources = images.flatMap(({ source }) => source ?? []);
  const isSilent = sources.length > 0 && sources.every(({ state }) => state === 'unread');
  return isSilent ? sources[0]?.message : undefined;
}
