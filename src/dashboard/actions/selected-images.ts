import type { FastifyRequest } from 'fastify';
import type { Selection } from '../../operator/batch-actions.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import type { DashboardDeps } from '../context.ts';
import { countOf } from '../live/batch-list.ts';
import type { Fields, Scope } from '../pages/confirmations.ts';
import type { ImageAction } from '../pages/image-actions.ts';

/** `KEY@VERSION`: an image in the state in which it was shown. */
const SELECTED = /^([\w-]{20,80})@([\w:.-]{1,120})$/;

/** What of a batch an action is for, as a form or an address names it. */
export interface Wanted {
  /** Absent: the whole batch. Empty: nothing, never everything. */
  readonly versions?: ReadonlyMap<ImportKey, string>;
  readonly code?: string;
}

/** Reads it from the address of a confirmation, or from the form that it sends. */
export function wantedOf({ method, query, body }: FastifyRequest): Wanted {
  const given = method === 'POST' ? formFields(body) : queryFields(query);
  const isSelection = given('selected').length > 0 || given('on').length > 0;
  const versions = isSelection ? new Map(given('on').flatMap(pairOf)) : undefined;
  return omitUndefined({ versions, code: given('code').find((code) => code !== '') });
}

type Given = (name: string) => readonly string[];

function formFields(body: unknown): Given {
  return (name) => (body instanceof URLSearchParams ? body.getAll(name) : []);
}

function queryFields(query: unknown): Given {
  return (name) => {
    const value = (query as Readonly<Record<string, unknown>>)[name];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.filter((one) => typeof one === 'string');
  };
}

function pairOf(text: string): readonly (readonly [ImportKey, string])[] {
  const [, key, version] = SELECTED.exec(text) ?? [];
  return key === undefined || version === undefined ? [] : [[key, version]];
}

/** The same for the command that acts. */
export function selectionOf(batch: string, { versions, code }: Wanted): Selection {
  return omitUndefined({ batch, versions, code });
}

/** How many images an action is for, and what its form sends to name them again. */
export async function scopeOf(
  { ledger }: Pick<DashboardDeps, 'ledger'>,
  action: ImageAction,
  { summary, wanted }: { readonly summary: BatchSummary; readonly wanted: Wanted },
): Promise<Scope> {
  const { versions, code } = wanted;
  if (!versions) {
    const count = countIn(summary, action, code);
    return omitUndefined({
      count,
      left: 0,
      code,
      fields: code === undefined ? [] : pairs({ code }),
    });
  }
  const entries = await ledger.readMany([...versions.keys()]);
  const fit = entries.filter(
    (entry) =>
      entry.batches.includes(summary.batch) &&
      versions.get(entry.key) === stateVersion(entry) &&
      allows(entry, action),
  );
  return { count: fit.length, left: versions.size - fit.length, fields: naming(fit) };
}

/**
 * The scope of a confirmation that shows all of its images: what is decided then holds for these, in the
 * state in which they were shown, and for none that has come since.
 */
export function asShown(scope: Scope, shown: readonly LedgerEntry[]): Scope {
  if (shown.length < scope.count) return scope;
  return { ...scope, count: shown.length, fields: naming(shown) };
}

function naming(entries: readonly LedgerEntry[]): Fields {
  const named = entries.map((entry) => ['on', `${entry.key}@${stateVersion(entry)}`] as const);
  return [...pairs({ selected: '1' }), ...named];
}

function pairs(fields: Readonly<Record<string, string>>): Fields {
  return Object.entries(fields);
}

function countIn(summary: BatchSummary, action: ImageAction, code: string | undefined): number {
  const { failed, held, pending } = summary.counts;
  if (action === 'cancel') return pending;
  const kind = action === 'retry' ? 'failed' : 'held';
  if (code !== undefined) return countOf(summary, { kind, code });
  return action === 'retry' ? failed : held;
}

function allows({ state }: LedgerEntry, action: ImageAction): boolean {
  switch (action) {
    case 'retry':
      return state.status === 'failed' || state.status === 'cancelled';
    case 'resolve':
      return state.status === 'unknown' && state.held;
    case 'cancel':
      return state.status === 'pending';
  }
}
