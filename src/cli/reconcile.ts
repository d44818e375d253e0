import {
  adopt,
  type LedgerState,
  ledgerState,
  type Reconciled,
  reconcile,
  type Word,
} from '../operator/reconcile.ts';
import { missingText } from '../producer/batch-status.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import type { Io } from './io.ts';
import type { CloudSettings } from './settings.ts';
import { withCloud } from './with-ledger.ts';

export interface ReconcileOptions {
  readonly adopt: boolean;
  readonly json: boolean;
}

const MEANING: Readonly<Record<Word, string>> = {
  adopted: 'in the ledger as succeeded',
  creating: 'being created',
  adoptable: 'of an import without an image; --adopt takes them over',
  orphan:
    'no entry in this ledger: Redis was emptied, the batch was archived, or another installation made them',
  double:
    'imports with several images: keep one of each, delete the others; nothing is deleted by itself',
  other: 'the ledger has another image for the import, or it was cancelled',
};

/** `reconcile`: images with our marker beside the ledger; changes nothing without `--adopt`. */
export function reconcileCommand(
  options: ReconcileOptions,
  settings: CloudSettings,
  io: Io,
): Promise<ExitCode> {
  return withCloud(settings, io, async (open) => {
    const rows = await reconcile({ ...open, onOdd: (text) => io.err(escapeText(text)) });
    const ledger = await ledgerState(open);
    if (options.json) io.out(JSON.stringify({ imports: rows.map(toJson), ...ledger }));
    else
      for (const line of [...describeRows(rows), ...describeLedger(ledger)]) {
        io.out(escapeText(line));
      }
    if (options.adopt) {
      let adopted = 0;
      for (const row of rows) if (await adopt(open, row)) adopted += 1;
      io.err(`${adopted} images adopted.`);
    }
    const isTroubled =
      ledger.missing.length > 0 || rows.some(({ word }) => word === 'double' || word === 'other');
    return isTroubled ? EXIT.imageFailed : EXIT.ok;
  });
}

function describeLedger({ missing, repairs }: LedgerState): string[] {
  const lost = missing.flatMap(({ batch, images }) => missingText(batch, images) ?? []);
  const mended = repairs.map(({ at, batch, repaired }) => {
    const where = batch === undefined ? '' : ` of batch ${batch}`;
    const what = Object.entries(repaired).map(([name, times]) => `${name} (${times})`);
    return `Repaired${where} at ${new Date(at).toISOString()}: ${what.join(', ')}`;
  });
  return [...lost, ...mended];
}

function describeRows(rows: readonly Reconciled[]): string[] {
  if (rows.length === 0) return ['No image carries our marker.'];
  return (Object.keys(MEANING) as Word[]).flatMap((word) => {
    const some = rows.filter((row) => row.word === word);
    if (some.length === 0) return [];
    const head = `${some.length} ${word}: ${MEANING[word]}`;
    // What is in order needs no list.
    const isListed = word !== 'adopted' && word !== 'creating';
    return [head, ...(isListed ? some.flatMap(describeRow) : [])];
  });
}

function describeRow({ key, images, entry }: Reconciled): string[] {
  const state = entry ? `, ${entry.state.status} in the ledger` : '';
  return images.map(({ id, name, status }) => `  ${name}  image ${id} (${status})${state}  ${key}`);
}

function toJson({ word, key, images, entry }: Reconciled) {
  return {
    key,
    verdict: word,
    name: entry?.request.name ?? images[0]?.name ?? null,
    state: entry?.state.status ?? null,
    images: images.map(({ id, status }) => ({ id, status })),
  };
}
