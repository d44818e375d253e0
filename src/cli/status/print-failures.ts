import {
  type BatchDeps,
  type BatchSummary,
  batchEntries,
} from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { withCodeWords } from '../../shared/text/code-words.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { requestLabel } from '../../ui/image-row.ts';
import { attentionCount } from '../../ui/states.ts';
import { type Io, printLine } from '../io.ts';
import { FailureCodes } from '../terminal/failure-codes.ts';

/** More than these are grouped by code, for people. */
const MOST_SINGLE = 10;

/** Every image that did not succeed, with code and reason from IMS; on a terminal many are grouped by code. */
export async function printFailures(
  deps: BatchDeps,
  { batch, counts }: BatchSummary,
  io: Io,
): Promise<void> {
  const isGrouped = io.terminal && attentionCount(counts) > MOST_SINGLE;
  const codes = new FailureCodes();
  for await (const entry of batchEntries(deps, batch)) {
    codes.add(entry);
    const text = troubleText(entry);
    if (!isGrouped && text !== undefined) io.err(text);
  }
  if (!isGrouped) return;
  for (const text of codes.lines(io.columns)) printLine(io, text, 'err');
  io.err(`All of them: ims-ferry status ${shellQuoted(batch)} --failed`);
}

function troubleText({ state, request: wanted }: LedgerEntry): string | undefined {
  const name = requestLabel(wanted);
  if (state.status === 'cancelled') return escapeText(`cancelled ${name}`);
  if (state.status !== 'failed' && state.status !== 'unknown') return undefined;
  const { code, message, advice, requestId } = state.reason;
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  const next = advice === undefined ? '' : `\n  ${escapeText(advice)}`;
  return `${escapeText(`${state.status} ${name}: ${withCodeWords(`${code}: ${message}`)}${request}`)}${next}`;
}
