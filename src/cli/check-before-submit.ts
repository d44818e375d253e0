import { planSummary } from '../producer/plan/describe-plan.ts';
import { badSources, exceedsQuota } from '../producer/plan/plan.ts';
import { imagesMade } from '../producer/plan/plan-image.ts';
import type { ObsClient } from '../shared/cloud/obs/obs-client.ts';
import type { Config } from '../shared/config/config.ts';
import { FerryError, LedgerMismatchError } from '../shared/errors/errors.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import { withObs } from './expand-patterns.ts';
import type { Io } from './io.ts';
import { lookAhead, type Outlook, outlook } from './look-ahead.ts';
import type { OpenLedger } from './open-ledger.ts';

/** A cloud that is slow must not hold a submit up: the workers meet it again. */
const PATIENCE_MS = 15_000;

/**
 * The checks of `plan` before anything is registered. False when the quota cannot hold the images:
 * then nothing is, unless `partial`. What cannot be checked is said, and stops nothing.
 * @throws LedgerMismatchError when the ledger belongs to another project than the login
 */
export async function checkBeforeSubmit(
  open: OpenLedger,
  manifests: readonly Manifest[],
  env: { readonly config: Config; readonly io: Io; readonly partial: boolean },
): Promise<boolean> {
  const wanted = { env: env.io.env, cloud: env.config.cloud };
  return withObs(wanted, (obs) => check(open, manifests, { ...env, obs }));
}

interface Checking {
  readonly config: Config;
  readonly io: Io;
  readonly partial: boolean;
  readonly obs: ObsClient | undefined;
}

async function check(
  open: OpenLedger,
  manifests: readonly Manifest[],
  env: Checking,
): Promise<boolean> {
  const { config, io, partial } = env;
  const ahead = await inTime(open, env);
  if (!ahead) return true;
  if (isClear(ahead, manifests)) return true;
  const plan = await lookAhead(open, manifests, { ...ahead, config });
  for (const { file, line, name, source } of badSources(plan)) {
    io.err(`Warning: ${file}:${line} ${name}: ${source?.message ?? ''}`);
  }
  if (!exceedsQuota(plan)) return true;
  for (const line of planSummary(plan)) io.err(line);
  if (partial) return true;
  io.err('Nothing was submitted. To begin with what the quota holds: --partial');
  return false;
}

/** No object to look at, and room for every image, whatever of it is there already. */
function isClear({ cloud, look }: Outlook, manifests: readonly Manifest[]): boolean {
  if (look) return false;
  if (!cloud.quota) return true;
  const { used, quota } = cloud.quota;
  const most = manifests
    .flatMap(({ images }) => images)
    .reduce((sum, { request }) => sum + imagesMade(request), 0);
  return most <= quota - used;
}

/** `undefined` when nothing could be learned. */
async function inTime(
  open: OpenLedger,
  { config, io, obs }: Checking,
): Promise<Outlook | undefined> {
  const done = new AbortController();
  const asked = outlook(open, { config, io }, obs).catch((error: unknown): Outlook => {
    if (error instanceof LedgerMismatchError || !(error instanceof FerryError)) throw error;
    return { cloud: { notChecked: [`images and quota: ${error.message}`], failure: error } };
  });
  const late = open.clock.sleep(PATIENCE_MS, done.signal).then(() => undefined);
  try {
    const ahead = await Promise.race([asked, late]);
    if (!ahead) io.err('Not checked: images and quota: no answer within 15 s');
    else if (!ahead.cloud.quota) io.err(`Not checked: ${ahead.cloud.notChecked[0] ?? ''}`);
    return ahead;
  } finally {
    done.abort();
  }
}
