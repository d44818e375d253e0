import type { Command } from 'commander';
import { surveyFamilies, surveyPrune } from '../../operator/prune/survey.ts';
import { formatIssue } from '../../producer/manifest/issue.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import type { CommandContext } from '../command.ts';
import type { Io } from '../io.ts';
import { byCloud } from '../open/clouds.ts';
import { envOf } from '../open/open-ledger.ts';
import { withRemoval } from '../open/open-removal.ts';
import { checkRemovalFlags, type RemovalFlags, removeByPlan } from '../remove-by-plan.ts';
import { type ManifestFlags, manifestOptions, manifestReader } from '../submit/manifest-input.ts';

type PruneFlags = ManifestFlags & RemovalFlags;

export function pruneCommand(command: Command, { io, run }: CommandContext): void {
  manifestOptions(command)
    .option('--yes', 'delete what the plan names; without it nothing is deleted')
    .option('--plan <id>', 'with --yes: only if the plan still is the one with this id')
    .option('--json', 'print data only')
    .action((files: string[], flags: PruneFlags) => {
      checkRemovalFlags(flags);
      return run(prune(files, flags, io));
    });
}

/** Plans by the `retention` of the manifests, and deletes what a person has agreed to. */
async function prune(files: readonly string[], flags: PruneFlags, io: Io): Promise<ExitCode> {
  const manifests = await readAll(files, flags, io);
  if (!manifests) return EXIT.usage;
  const rules = manifests.flatMap(({ retention = [] }) => retention);
  if (rules.length === 0) {
    throw new UsageError(
      'None of these manifests has retention:, so there is nothing to prune.',
      'Write for example: retention: [{family: "debian-12-*", keep_last: 3}]',
    );
  }
  const [group, ...others] = await byCloud(manifests, envOf(io));
  if (!group || others.length > 0) {
    throw new UsageError('These manifests are for several clouds.', 'Prune one cloud at a time.');
  }
  const nothing = 'No image of these families carries our marker.';
  return withRemoval(
    io,
    (deps) => {
      const makePlan = () => surveyPrune(deps, rules);
      const planAgain = () => surveyFamilies(deps, rules);
      return removeByPlan(deps, { kind: 'prune', makePlan, planAgain, flags, io, nothing });
    },
    group.config,
  );
}

/** Patterns for objects are not expanded: only the families count. */
async function readAll(
  files: readonly string[],
  flags: PruneFlags,
  io: Io,
): Promise<readonly Manifest[] | undefined> {
  const read = manifestReader(flags, io);
  const manifests: Manifest[] = [];
  for (const file of files) {
    const result = await read(file);
    if (result.ok) manifests.push(result.manifest);
    else for (const issue of result.issues) io.err(formatIssue(issue));
  }
  return manifests.length === files.length ? manifests : undefined;
}
