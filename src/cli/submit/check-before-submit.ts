import { unsizedIssues } from '../../producer/expand/size-disks.ts';
import { formatIssue } from '../../producer/manifest/issue.ts';
import { planSummary } from '../../producer/plan/describe-plan.ts';
import { type Facts, factsIn, fileProblems, unsizedImages } from '../../producer/plan/left-out.ts';
import { exceedsQuota, type LeftOut, refusedImages } from '../../producer/plan/plan.ts';
import { imagesMade, type NewAttempts } from '../../producer/plan/plan-image.ts';
import { FerryError, LedgerMismatchError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { atMost, LATE, systemClock } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import type { Io } from '../io.ts';
import type { Env, OpenLedger } from '../open/open-ledger.ts';
import { type Preflight, planFrom, readPreflight } from './preflight.ts';

/** A slow cloud must not delay a submit for long: the workers will notice the same problems. */
export const PATIENCE_MS = 15_000;

/** Reading the headers of 1,000 files takes half a minute; a batch may have 200,000. */
const HEADERS_MS = 120_000;

/** The same files; no further header is read after that time, or once it is ended. */
export function readInTime(sources: SourceFiles, isEnded = () => false): SourceFiles {
  const { monotonic } = systemClock;
  const end = monotonic() + HEADERS_MS;
  return sources.whileTimely(() => isEnded() || monotonic() > end);
}

interface SubmitChecks extends Env {
  /** Submit what fits when the quota cannot hold everything. */
  readonly partial: boolean;
  /** Submit what IMS would refuse, too. */
  readonly force: boolean;
  readonly again: NewAttempts;
  /** Absent without OBS credentials. */
  readonly sources?: SourceFiles;
}

/** `leftOut`: the images that IMS would refuse. */
export type Checked =
  | { readonly kind: 'go'; readonly leftOut: readonly LeftOut[]; readonly facts: Facts }
  | { readonly kind: 'over-quota' };

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
  const preflight = await preflightInTime(open, env);
  if (!preflight || needsNoPlan(preflight, manifests)) return unchecked(manifests, io);
  const sources = preflight.sources && readInTime(preflight.sources);
  const timely = { ...preflight, ...omitUndefined({ sources }) };
  const plan = await planFrom(open, manifests, { config, io, preflight: timely, again });
  const columns = io.terminal ? io.columns : Number.POSITIVE_INFINITY;
  for (const line of fileProblems(plan, columns)) io.err(line);
  if (exceedsQuota(plan)) {
    for (const line of planSummary(plan, columns)) io.err(line);
    if (!env.partial) {
      io.err('Nothing was submitted. Use --partial to submit what fits.');
      return { kind: 'over-quota' };
    }
  }
  const refused = refusedImages(plan);
  const facts = factsIn(plan);
  if (!env.force) return { kind: 'go', leftOut: refused, facts };
  const unsized = new Set(manifests.flatMap(unsizedImages).map(({ key }) => key));
  // Nobody knows what they are to be created with.
  const leftOut = refused.filter(({ key }) => unsized.has(key));
  if (refused.length > leftOut.length)
    io.err('They are submitted as they are, because of --force.');
  return { kind: 'go', leftOut, facts };
}

/** Without a plan only those are left out whose size is not known, and why is printed. */
export function unchecked(
  manifests: readonly Manifest[],
  io: Pick<Io, 'err'>,
): Extract<Checked, { kind: 'go' }> {
  for (const issue of manifests.flatMap(unsizedIssues)) io.err(formatIssue(issue));
  return { kind: 'go', leftOut: manifests.flatMap(unsizedImages), facts: new Map() };
}

/** True when there is no object to check, and room for every image even if all of them are new. */
function needsNoPlan({ cloud, sources }: Preflight, manifests: readonly Manifest[]): boolean {
  if (sources) return false;
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
  env: SubmitChecks,
): Promise<Preflight | undefined> {
  const reading = readPreflight(open, env, env.sources).catch((error: unknown): Preflight => {
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
