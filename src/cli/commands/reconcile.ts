import type { Command } from 'commander';
import { imageList } from '../../operator/image-list.ts';
import { toDelete } from '../../operator/prune/carry-out.ts';
import type { PlannedRemoval } from '../../operator/prune/decide.ts';
import { surveyClean } from '../../operator/prune/plan-clean.ts';
import {
  adopt,
  type LedgerState,
  ledgerState,
  type Reconciled,
  reconcile,
  type Verdict,
} from '../../operator/reconcile.ts';
import { missingText } from '../../producer/batch-status.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import type { CommandContext } from '../command.ts';
import { countImages } from '../describe.ts';
import { type Io, printJson, resultWidth } from '../io.ts';
import { withRemoval } from '../open/open-removal.ts';
import { withCloud } from '../open/with-cloud.ts';
import { checkRemovalFlags, planJson, type RemovalFlags, removeByPlan } from '../remove-by-plan.ts';
import { removalLines } from '../terminal/removal-rows.ts';

interface ReconcileFlags extends RemovalFlags {
  readonly adopt?: true;
  readonly clean?: true;
}

export function reconcileCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option('--adopt', 'adopt the images of imports that have none')
    .option('--clean', 'plan which images of failed creates to delete; --yes deletes them')
    .option('--yes', 'with --clean: delete what the plan names')
    .option('--plan <id>', 'with --yes: only if the plan still is the one with this id')
    .option('--json', 'print data only')
    .action((flags: ReconcileFlags) => {
      if (flags.yes && !flags.clean) {
        throw new UsageError('--yes needs --clean.', 'Without --clean nothing is deleted.');
      }
      if (flags.adopt && flags.clean) {
        throw new UsageError('Only one of --adopt and --clean can be used.');
      }
      checkRemovalFlags(flags);
      return run(flags.clean ? clean(flags, io) : compare(flags, io));
    });
}

/** Deletes what failed creates have left, by a plan. */
function clean(flags: ReconcileFlags, io: Io): Promise<ExitCode> {
  const nothing = 'No failed create has left an image behind.';
  return withRemoval(io, (deps) => {
    const makePlan = () => surveyClean(deps);
    const command = { kind: 'clean', makePlan, planAgain: makePlan, flags, io, nothing } as const;
    return removeByPlan(deps, command);
  });
}

const MEANING: Readonly<Record<Verdict, string>> = {
  adopted: 'in the ledger as succeeded',
  creating: 'in the ledger as creating',
  adoptable: 'of an import without an image; --adopt adopts them',
  orphan:
    'no entry in this ledger: Redis was emptied, the batch was archived, or another installation made them',
  double:
    'imports with several images: keep one of each, delete the others; ims-ferry never deletes one of several',
  other: 'the ledger has another image for the import, or it was cancelled',
};

/** Compares the images that carry our marker with the ledger; changes nothing without `--adopt`. */
function compare(flags: ReconcileFlags, io: Io): Promise<ExitCode> {
  return withCloud(io, async (open) => {
    const listed = await imageList(open.ims);
    const onOdd = (text: string) => io.err(escapeText(text));
    const rows = await reconcile({ ...open, onOdd }, listed);
    const ledger = await ledgerState(open);
    const left = await surveyClean(open, listed);
    if (flags.json) {
      const { images } = planJson(left);
      printJson(io, { imports: rows.map(toJson), ...ledger, leftovers: images });
    } else {
      const leftovers = describeLeftovers(left, resultWidth(io));
      for (const line of [...describeRows(rows), ...leftovers, ...describeLedger(ledger)]) {
        io.out(escapeText(line));
      }
    }
    if (flags.adopt) {
      let adopted = 0;
      for (const row of rows) if (await adopt(open, row)) adopted += 1;
      io.err(`${countImages(adopted)} adopted.`);
    }
    const isOdd = rows.some(({ verdict }) => verdict === 'double' || verdict === 'other');
    return isOdd || ledger.missing.length > 0 ? EXIT.imageFailed : EXIT.ok;
  });
}

function describeRows(rows: readonly Reconciled[]): string[] {
  if (rows.length === 0) return ['No image carries our marker.'];
  return (Object.keys(MEANING) as Verdict[]).flatMap((verdict) => {
    const some = rows.filter((row) => row.verdict === verdict);
    if (some.length === 0) return [];
    // Images without a problem are only counted.
    const isListed = verdict !== 'adopted' && verdict !== 'creating';
    const head = `${some.length} ${verdict}: ${MEANING[verdict]}`;
    return [head, ...(isListed ? some.flatMap(describeRow) : [])];
  });
}

function describeRow({ key, images, entry }: Reconciled): string[] {
  const state = entry ? `, ${entry.state.status} in the ledger` : '';
  return images.map(({ id, name, status }) => `  ${name}  image ${id} (${status})${state}  ${key}`);
}

function describeLeftovers(left: readonly PlannedRemoval[], columns: number): readonly string[] {
  if (left.length === 0) return [];
  const count = toDelete(left).length;
  const how = count === 0 ? '' : `; reconcile --clean deletes ${count}`;
  const rows = left.map((row) => ({ verb: row.keep === undefined ? '  left' : '  kept', ...row }));
  return [`${left.length} left by failed creates${how}`, ...removalLines(rows, columns)];
}

function describeLedger({ missing, repairs }: LedgerState): string[] {
  const lost = missing.flatMap(({ batch, images }) => missingText(batch, images) ?? []);
  const repaired = repairs.map(({ at, batch, repaired: parts }) => {
    const where = batch === undefined ? 'Repaired' : `Repaired in batch ${batch}`;
    const what = Object.entries(parts).map(([name, times]) => `${name} (${times})`);
    return `${where} at ${new Date(at).toISOString()}: ${what.join(', ')}`;
  });
  return [...lost, ...repaired];
}

function toJson({ verdict, key, images, entry }: Reconciled) {
  return {
    key,
    verdict,
    name: entry?.request.name ?? images[0]?.name ?? null,
    state: entry?.state.status ?? null,
    images: images.map(({ id, status }) => ({ id, status })),
  };
}
