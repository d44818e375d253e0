import type { Command } from 'commander';
import { hasAuto } from '../../producer/expand/size-disks.ts';
import { STANDARD_INPUT } from '../../producer/manifest/batch-name.ts';
import { keepFormerName } from '../../producer/submit-batch.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { type CommandContext, duration } from '../command.ts';
import { countImages } from '../describe.ts';
import { type Io, printJson } from '../io.ts';
import { byCloud, type CloudGroup, withLedgers } from '../open/clouds.ts';
import { envOf, type OpenLedger } from '../open/open-ledger.ts';
import { waitForBatches } from '../status/wait-for-batches.ts';
import { type Checked, checkBeforeSubmit, unchecked } from '../submit/check-before-submit.ts';
import { checkTargets } from '../submit/check-targets.ts';
import { type ManifestFlags, manifestOptions } from '../submit/manifest-input.ts';
import { readManifests } from '../submit/read-manifests.ts';
import { sizeManifests, withSources } from '../submit/sources.ts';
import { type Submitted, submitManifest, submittedJson } from '../submit/submit-manifests.ts';
import {
  checkLogin,
  isUpdated,
  type Updated,
  updatedJson,
  updateImages,
} from '../submit/update-images.ts';

interface SubmitFlags extends ManifestFlags {
  readonly wait?: boolean;
  readonly keepWaiting?: boolean;
  /** In milliseconds. */
  readonly timeout?: number;
  readonly retryFailed?: boolean;
  readonly recreate?: boolean;
  readonly update?: boolean;
  readonly partial?: boolean;
  readonly force?: boolean;
  /** `--no-check`. */
  readonly check?: boolean;
  readonly json?: boolean;
}

export function submitCommand(command: Command, { io, run }: CommandContext): void {
  manifestOptions(command)
    .option('--wait', 'show progress until every image has its outcome')
    .option('--keep-waiting', 'with --wait: keep waiting even when a stop needs a person')
    .option(
      '--timeout <duration>',
      'with --wait: stop waiting after this (90s, 30m, 12h)',
      duration,
    )
    .option('--retry-failed', 'start a new attempt for images that failed')
    .option('--recreate', 'start a new attempt for images that succeeded (if their image is gone)')
    .option(
      '--update',
      'bring images that exist to what the manifest says now: name, description, tags',
    )
    .option('--partial', 'submit what fits when the quota cannot hold everything')
    .option('--force', 'submit images that IMS would refuse, too, instead of leaving them out')
    .option('--no-check', 'skip the checks of quota and source objects')
    .option('--json', 'print the result as JSON')
    .action((files: string[], flags: SubmitFlags) => {
      if (flags.timeout !== undefined && !flags.wait) {
        throw new UsageError('--timeout needs --wait.', 'Without --wait nothing is waited for.');
      }
      return run(submit(files, flags, io));
    });
}

/** Checks all files, then registers and enqueues their images; nothing when one file is wrong. */
async function submit(files: readonly string[], flags: SubmitFlags, io: Io): Promise<ExitCode> {
  const env = envOf(io);
  const manifests = await readManifests(files, io, flags);
  if (io.stop.aborted) {
    io.err('Stopped; nothing was submitted.');
    return EXIT.imageFailed;
  }
  if (!manifests) return EXIT.usage;
  return withLedgers(await byCloud(manifests, env), io, async (opened) => {
    const groups: Group[] = [];
    let code: ExitCode = EXIT.ok;
    for (const group of opened) {
      const done = await submitGroup(group, flags, io);
      groups.push(done);
      code = Math.max(code, done.code) as ExitCode;
      if (!done.isComplete) break;
    }
    const isComplete = groups.length === opened.length && groups.every((one) => one.isComplete);
    if (isComplete && flags.wait) {
      const waited = await waitForAll(groups, flags, io);
      code = Math.max(code, waited) as ExitCode;
      remindOfLeftOut(groups, io);
    }
    if (flags.json) await printResult(groups, code, io);
    return code;
  });
}

/** The manifests of one cloud after they were submitted. */
interface Group {
  readonly open: OpenLedger;
  readonly submitted: readonly Submitted[];
  /** With `--update`. */
  readonly updated?: Updated;
  readonly code: ExitCode;
  /** False: the quota is too small, or it was stopped. */
  readonly isComplete: boolean;
}

interface Prepared {
  /** With all sizes that could be read. */
  readonly sized: readonly Manifest[];
  readonly checked: Checked;
}

async function submitGroup(
  { open, config, manifests }: CloudGroup & { readonly open: OpenLedger },
  { check, update, partial = false, force = false, retryFailed = false, ...flags }: SubmitFlags,
  io: Io,
): Promise<Group> {
  if (update) await checkLogin(open, { config, io });
  const { recreate = false } = flags;
  const named = await Promise.all(manifests.map((one) => keepFormerName(open, one)));
  await checkTargets(open, named, { config, io });
  const again = { retryFailed, recreate };
  const submitted: Submitted[] = [];
  const stopped = { open, submitted, code: EXIT.imageFailed, isComplete: false };
  const { redis, ledger } = open;
  const isChecked = check !== false && config.submitChecks;
  const prepare = async (sources: SourceFiles | undefined): Promise<Prepared | undefined> => {
    const sized = await sizeManifests(named, { config, io, ledger, sources, recreate });
    if (!sized) return undefined;
    const checks = { config, io, partial, force, again, ...omitUndefined({ sources }) };
    const checked = isChecked ? await checkBeforeSubmit(open, sized, checks) : unchecked(sized, io);
    return { sized, checked };
  };
  const needsSources = isChecked || named.some(hasAuto);
  const prepared = await (needsSources
    ? withSources({ config, io, redis }, prepare)
    : prepare(undefined));
  if (!prepared) return { ...stopped, code: EXIT.usage };
  const { checked, sized } = prepared;
  if (checked.kind === 'over-quota') return stopped;
  const { leftOut, facts } = checked;
  if (config.cloud !== undefined) await open.project.clouds.add(config.cloud);
  for (const manifest of sized) {
    const done = await submitManifest(open, manifest, { flags: again, leftOut, facts, io, update });
    if (!done) return stopped;
    submitted.push(done);
  }
  if (leftOut.length > 0) {
    const orForced = isChecked && !force ? ', or add --force to submit them as they are' : '';
    io.err(`Fix these and submit the manifest again${orForced}.`);
  }
  const updated = update ? await updateImages(open, sized, { config, io }) : undefined;
  const isGood = leftOut.length === 0 && (!updated || isUpdated(updated));
  const code = isGood ? EXIT.ok : EXIT.imageFailed;
  return omitUndefined({
    open,
    submitted,
    updated,
    code,
    isComplete: !updated || !io.stop.aborted,
  });
}

/** Waits for one cloud after the other; the workers of all of them run meanwhile. */
async function waitForAll(groups: readonly Group[], flags: SubmitFlags, io: Io): Promise<ExitCode> {
  const start = systemClock.monotonic();
  let worst: ExitCode = EXIT.ok;
  for (const { open, submitted } of groups) {
    const batches = [...new Set(submitted.filter(({ total }) => total > 0).map((it) => it.batch))];
    if (batches.length === 0) continue;
    if ((await open.project.fleet(open.clock.now())).workers === 0) {
      io.err('No worker is running yet; start one with: ims-ferry work');
    }
    const left = (flags.timeout ?? 0) - (systemClock.monotonic() - start);
    const timeoutMs = flags.timeout && Math.max(1, left);
    const { keepWaiting = false } = flags;
    const waiting = omitUndefined({ deps: open, batches, keepWaiting, timeoutMs });
    const code = await waitForBatches(waiting, io);
    if (code > worst) worst = code;
  }
  return worst;
}

/** Hours may have passed since they were listed. */
function remindOfLeftOut(groups: readonly Group[], io: Io): void {
  for (const { batch, file, leftOut } of groups.flatMap(({ submitted }) => submitted)) {
    if (leftOut.length === 0) continue;
    const count = countImages(leftOut.length);
    const were = leftOut.length === 1 ? 'was' : 'were';
    const source = file === STANDARD_INPUT ? '-' : file;
    io.err(
      `${count} of batch ${batch} ${were} left out; see: ims-ferry plan ${shellQuoted(source)}`,
    );
  }
}

async function printResult(groups: readonly Group[], code: ExitCode, io: Io): Promise<void> {
  const batches: object[] = [];
  for (const { open, submitted, updated } of groups) {
    for (const one of submitted) {
      const update = updated ? updatedJson(updated, one.batch) : null;
      batches.push({ ...(await submittedJson(open, one)), update });
    }
  }
  printJson(io, { ok: code === EXIT.ok, batches });
}
