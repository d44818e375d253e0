import type { Command } from 'commander';
import { imageLine, planSummary } from '../../producer/plan/describe-plan.ts';
import { badSources, exceedsQuota, type Plan } from '../../producer/plan/plan.ts';
import { problemLines } from '../../producer/plan/plan-problems.ts';
import { keepFormerName } from '../../producer/submit-batch.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import type { CommandContext } from '../command.ts';
import { type Io, printJson } from '../io.ts';
import { byCloud } from '../open/clouds.ts';
import { envOf, withLedger } from '../open/open-ledger.ts';
import { checkTargets } from '../submit/check-targets.ts';
import { type ManifestFlags, manifestOptions } from '../submit/manifest-input.ts';
import { planFrom, readPreflight } from '../submit/preflight.ts';
import { readManifests } from '../submit/read-manifests.ts';
import { sizeManifests, withSources } from '../submit/sources.ts';

export function planCommand(command: Command, { io, run }: CommandContext): void {
  manifestOptions(command)
    .option('--all', 'list every image, not only those with a problem')
    .option('--json', 'print data only')
    .action((files: string[], flags: PlanFlags) => run(plan(files, flags, io)));
}

interface PlanFlags extends ManifestFlags {
  readonly all?: true;
  readonly json?: true;
}

/** Shows what `submit` would do; changes nothing. 1 when the quota or a source object is a problem. */
async function plan(files: readonly string[], flags: PlanFlags, io: Io): Promise<ExitCode> {
  const env = envOf(io);
  const manifests = await readManifests(files, io, flags);
  if (!manifests) return EXIT.usage;
  const [group, ...others] = await byCloud(manifests, env);
  if (!group || others.length > 0) {
    throw new UsageError('These manifests are for several clouds.', 'Plan one cloud at a time.');
  }
  const { config } = group;
  return withLedger({ config, io }, async (open) => {
    const { redis, ledger } = open;
    const found = await withSources({ config, io, redis }, async (sources) => {
      const preflight = await readPreflight(open, { config, io }, sources);
      if (preflight.cloud.failure) throw preflight.cloud.failure;
      const named = await Promise.all(manifests.map((one) => keepFormerName(open, one)));
      await checkTargets(open, named, { config, io });
      const sized = await sizeManifests(named, { config, io, ledger, sources });
      return sized && planFrom(open, sized, { config, io, preflight });
    });
    if (!found) return EXIT.usage;
    if (flags.json) printJson(io, { ok: isPossible(found), ...found });
    else printPlan(found, flags.all ?? false, io);
    return isPossible(found) ? EXIT.ok : EXIT.imageFailed;
  });
}

function isPossible(found: Plan): boolean {
  return !exceedsQuota(found) && badSources(found).length === 0;
}

const WIDEST_NAME = 40;
/** Some dozens can be read, not thousands. */
const MAX_PROBLEMS = 60;

/** Problems and summary; with `isAll` every image, first those without a problem. */
function printPlan(found: Plan, isAll: boolean, io: Io): void {
  const columns = io.outTerminal ? io.columns : Number.POSITIVE_INFINITY;
  const { true: fine = [], false: odd = [] } = Object.groupBy(found.images, ({ ok }) =>
    ok ? 'true' : 'false',
  );
  if (isAll) printList(fine, io);
  const most = isAll ? Number.POSITIVE_INFINITY : MAX_PROBLEMS;
  const problems = problemLines(odd, { columns, most });
  for (const line of problems) io.out(line);
  if (problems.length > 0 || (isAll && fine.length > 0)) io.out('');
  for (const line of planSummary(found, columns)) io.out(line);
}

function printList(images: Plan['images'], io: Io): void {
  let file = '';
  const longest = images.reduce((most, { name }) => Math.max(most, name.length), 0);
  for (const image of images) {
    if (image.file !== file) io.out(`${image.batch} (${image.file})`);
    file = image.file;
    io.out(imageLine(image, Math.min(WIDEST_NAME, longest)));
  }
}
