import {
  aloneInProject,
  carryOut,
  planId,
  type RemovalDeps,
  type RemovedImage,
  toDelete,
} from '../operator/prune/carry-out.ts';
import type { PlannedRemoval } from '../operator/prune/decide.ts';
import { finishRemovals, type RemovalResult } from '../operator/prune/remove-image.ts';
import { NEEDED, rightAdvice } from '../shared/dialect/rights.ts';
import { EXIT, type ExitCode, UsageError } from '../shared/errors/errors.ts';
import type { Removal } from '../shared/ledger/image-removals.ts';
import { canConfirm, confirm } from './confirm.ts';
import { countImages } from './describe.ts';
import { type Io, printJson, resultWidth } from './io.ts';
import { removalJson, removalLines } from './terminal/removal-rows.ts';

/** The options of the two commands that delete images. */
export interface RemovalFlags {
  readonly yes?: true;
  readonly plan?: string;
  readonly json?: true;
}

/** What such a command plans, and how it reports that. */
interface RemovalCommand {
  readonly kind: Removal['kind'];
  readonly makePlan: () => Promise<readonly PlannedRemoval[]>;
  /** The same while the plan is carried out. */
  readonly planAgain: () => Promise<readonly PlannedRemoval[]>;
  readonly flags: RemovalFlags;
  readonly io: Io;
  /** Where no image is in question. */
  readonly nothing: string;
}

/** @throws UsageError for options that do not go together */
export function checkRemovalFlags({ yes, plan }: RemovalFlags): void {
  if (plan === undefined || yes) return;
  throw new UsageError('--plan needs --yes.', 'Without --yes nothing is deleted.');
}

/**
 * Shows the plan. With `--yes`, or when a person at a terminal agrees, deletes what it names and nothing else.
 * 1 when an image that the plan names could not be deleted.
 */
export async function removeByPlan(deps: RemovalDeps, command: RemovalCommand): Promise<ExitCode> {
  const { flags, makePlan } = command;
  if (!flags.yes) return showAndAsk(deps, command);
  return aloneInProject(deps, async () => {
    await finishRemovals(deps);
    const plan = await makePlan();
    if (flags.plan !== undefined && flags.plan !== planId(plan)) {
      const what = `The plan is ${planId(plan)} now, not ${flags.plan}: nothing was deleted.`;
      throw new UsageError(what, 'Show it again, and name the new one with --plan.');
    }
    if (!flags.json) await showPlan(deps, plan, command);
    return execute(deps, plan, command);
  });
}

async function showAndAsk(deps: RemovalDeps, command: RemovalCommand): Promise<ExitCode> {
  const { flags, makePlan, io } = command;
  const plan = await makePlan();
  if (flags.json) {
    printJson(io, { ok: true, ...planJson(plan), deleted: null });
    return EXIT.ok;
  }
  await showPlan(deps, plan, command);
  const count = toDelete(plan).length;
  if (count === 0) return EXIT.ok;
  if (!canConfirm(io)) {
    io.err('Nothing was deleted. The same command with --yes deletes what the plan names.');
    return EXIT.ok;
  }
  if (!(await confirm(`Delete ${countImages(count)}?`, io))) {
    io.err('Nothing was deleted.');
    return EXIT.ok;
  }
  return aloneInProject(deps, async () => {
    await finishRemovals(deps);
    return execute(deps, plan, command);
  });
}

async function execute(
  deps: RemovalDeps,
  plan: readonly PlannedRemoval[],
  { planAgain, kind, flags, io }: RemovalCommand,
): Promise<ExitCode> {
  const onEach = (one: RemovedImage): void => {
    if (!flags.json) io.out(resultLine(one));
  };
  const results = await carryOut(deps, { plan, planAgain, kind, onEach });
  const deleted = results.filter(({ result }) => result.kind === 'deleted').length;
  const left = toDelete(plan).length - deleted;
  if (flags.json) {
    printJson(io, { ok: left === 0, ...planJson(plan), deleted: results.map(resultJson) });
  } else if (toDelete(plan).length > 0) {
    if (results.some(({ result }) => result.kind === 'denied')) io.err(rightAdvice(NEEDED.delete));
    const rest = left === 0 ? '' : `; ${left} of the plan ${left === 1 ? 'is' : 'are'} left`;
    io.err(`${countImages(deleted)} deleted${rest}.`);
  }
  return left === 0 ? EXIT.ok : EXIT.imageFailed;
}

function resultLine({ row, result }: RemovedImage): string {
  const { name, id } = row.image;
  const words = result.kind === 'deleted' ? 'deleted' : `${wordOf(result)}: ${result.why}`;
  return `${name} (image ${id}): ${words}`;
}

function resultJson({ row, result }: RemovedImage): object {
  const why = 'why' in result ? result.why : null;
  return { image_id: row.image.id, name: row.image.name, result: wordOf(result), why };
}

function wordOf({ kind }: RemovalResult): string {
  return kind === 'blind' ? 'kept' : kind;
}

async function showPlan(
  { ledger }: RemovalDeps,
  plan: readonly PlannedRemoval[],
  { io, nothing }: RemovalCommand,
): Promise<void> {
  // What is to be deleted comes last: it is what a person must see.
  const rows = [...plan.filter(({ keep }) => keep !== undefined), ...toDelete(plan)];
  const named = rows.map((row) => ({ verb: row.keep === undefined ? 'delete' : 'keep', ...row }));
  for (const line of removalLines(named, resultWidth(io))) io.out(line);
  const count = toDelete(plan).length;
  const ofPlan = `Plan ${planId(plan)}: ${countImages(count)} to delete, ${plan.length - count} kept.`;
  io.out(rows.length === 0 ? nothing : count === 0 ? 'Nothing to delete.' : ofPlan);
  const open = (await ledger.removals.open()).length;
  if (open === 0) return;
  const them = open === 1 ? 'it' : 'them';
  io.err(`${countImages(open)} of an interrupted run: --yes finds out what became of ${them}.`);
}

/** A plan as `--json` prints it: a stable format. */
export function planJson(plan: readonly PlannedRemoval[]) {
  return {
    plan: planId(plan),
    to_delete: toDelete(plan).length,
    images: plan.map(({ image, key, families, keep, why }) => ({
      ...removalJson(image),
      key,
      families,
      action: keep === undefined ? 'delete' : 'keep',
      reason: keep ?? null,
      why,
    })),
  };
}
