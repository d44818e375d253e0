import {
  badSources,
  exceedsQuota,
  imageLine,
  type Plan,
  planSummary,
} from '../producer/plan/plan.ts';
import { keepFormerName } from '../producer/submit-batch.ts';
import type { Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode, UsageError } from '../shared/errors/errors.ts';
import { byCloud, ownCloudOf } from './by-cloud.ts';
import { withObs } from './expand-patterns.ts';
import type { Io } from './io.ts';
import { lookAhead, outlook } from './look-ahead.ts';
import { readManifests } from './submit.ts';
import { withLedger } from './with-ledger.ts';

/** `plan FILE…`: what would be created, adopted, skipped. Changes nothing. 1 when that cannot go well. */
export async function plan(
  files: readonly string[],
  options: { readonly json: boolean },
  env: { readonly config: Config; readonly io: Io },
): Promise<ExitCode> {
  const { io } = env;
  const manifests = await readManifests(files, io);
  if (!manifests) return EXIT.usage;
  const [group, ...others] = byCloud(manifests, env.config, await ownCloudOf(manifests, env));
  if (!group || others.length > 0) {
    throw new UsageError('These manifests are for several clouds.', 'Plan one cloud at a time.');
  }
  const { config } = group;
  return withLedger({ config, io }, async (open) => {
    const wanted = { env: io.env, cloud: config.cloud };
    const found = await withObs(wanted, async (obs) => {
      const ahead = await outlook(open, { config, io }, obs);
      if (ahead.cloud.failure) throw ahead.cloud.failure;
      const named = await Promise.all(manifests.map((one) => keepFormerName(open, one)));
      return lookAhead(open, named, { ...ahead, config });
    });
    if (options.json) io.out(JSON.stringify({ ok: isWell(found), ...found }));
    else printPlan(found, io);
    return isWell(found) ? EXIT.ok : EXIT.imageFailed;
  });
}

function isWell(plan: Plan): boolean {
  return !exceedsQuota(plan) && badSources(plan).length === 0;
}

function printPlan(plan: Plan, io: Io): void {
  let batch = '';
  const width = Math.min(
    40,
    plan.images.reduce((most, { name }) => Math.max(most, name.length), 0),
  );
  for (const image of plan.images) {
    if (image.batch !== batch) io.out(`${image.batch} (${image.file})`);
    batch = image.batch;
    io.out(imageLine(image, width));
  }
  for (const line of planSummary(plan)) io.out(line);
}
