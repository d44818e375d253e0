import type { SampledImage } from '../../shared/ledger/batch-samples.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { forecast } from '../../shared/outlook/forecast.ts';
import { seedOf } from '../../shared/outlook/predict.ts';
import {
  type EndedImport,
  type FlyingImport,
  MAX_ENDED,
  type WaitingImages,
} from '../../shared/outlook/project-facts.ts';
import { type Traits, traitsOf } from '../../shared/outlook/traits.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { imageRow } from '../../ui/image-row.ts';
import type { StatusDeps } from '../status-deps.ts';

/** An import that ended lately, and the batches that wanted it. */
interface EndedOfBatches extends EndedImport {
  readonly batches: readonly string[];
  readonly endedAt: number;
}

/** What is read of the images themselves: a bounded number of them. */
export interface ProjectSample {
  readonly inFlight: readonly FlyingImport[];
  /** How many are in flight in all. */
  readonly places: number;
  readonly ended: readonly EndedOfBatches[];
  /** When IMS last accepted one of those that are in flight. */
  readonly acceptedAt: number;
}

const MAX_FLYING = 200;
/** Older ones say little about now. */
const LATELY_MS = 24 * 3_600_000;

/** Images that are in flight, and those that ended last. */
export async function readSample({ ledger, batches, clock }: StatusDeps): Promise<ProjectSample> {
  const flying = await batches.inFlight();
  const latest = await ledger.changes.latest(MAX_FLYING + MAX_ENDED);
  const others = latest.filter((key) => !flying.includes(key)).slice(0, MAX_ENDED);
  const now = clock.now();
  const entries = await ledger.readMany([...flying.slice(0, MAX_FLYING), ...others]);
  const inFlight = entries.filter(({ key }) => flying.includes(key));
  return {
    inFlight: inFlight.map((entry) => flyingOf(entry, now)),
    places: flying.length,
    ended: entries.flatMap((entry) => endedOf(entry, now) ?? []),
    acceptedAt: Math.max(0, ...inFlight.map(({ acceptedAt = 0 }) => acceptedAt)),
  };
}

function flyingOf(entry: LedgerEntry, now: number): FlyingImport {
  const { key, batches, request, file, registeredAt } = entry;
  return omitUndefined({
    batches,
    ...traitsOf(request, file),
    startedAt: imageRow(entry, now).submittedAt ?? registeredAt,
    ...progressOf(entry),
    isUnclear: entry.state.status === 'unknown' ? true : undefined,
    seed: seedOf(key),
  });
}

/** What its own progress says about the time that it takes; both times are the fleet's. */
function progressOf({ state }: LedgerEntry): Pick<FlyingImport, 'predicted' | 'silentMs'> {
  if (state.status !== 'creating' || state.adopted || state.polledAt === undefined) return {};
  const { progress = 0, since, polledAt, movedAt = polledAt } = state;
  const elapsedMs = movedAt - since;
  const predicted = elapsedMs > 0 ? forecast({ elapsedMs, progress }, undefined) : undefined;
  return predicted ? { predicted } : { silentMs: Math.max(0, polledAt - since) };
}

function endedOf(entry: LedgerEntry, now: number): EndedOfBatches | undefined {
  const { state, batches, request, file } = entry;
  if (state.status !== 'succeeded' && state.status !== 'failed') return undefined;
  const { submittedAt, acceptedAt, finishedAt } = imageRow(entry, now);
  if (submittedAt === undefined || finishedAt === undefined) return undefined;
  const isFailed = state.status === 'failed';
  // An image that was found says nothing about how long its import took.
  if (finishedAt < now - LATELY_MS || (!isFailed && acceptedAt === undefined)) return undefined;
  const tookMs = Math.max(0, finishedAt - submittedAt);
  const traits = traitsOf(request, file);
  return { batches, ...traits, startedAt: submittedAt, tookMs, isFailed, endedAt: finishedAt };
}

/** The images of a batch that stand for those that wait. */
export interface BatchSample {
  readonly traits: readonly Traits[];
  /** 0 comes first. */
  readonly priority: number;
  /** The batches of each of these images. */
  readonly batches: readonly (readonly string[])[];
}

export function batchSampleOf(images: readonly SampledImage[]): BatchSample {
  const pending = images.filter(({ isPending }) => isPending);
  const sample = pending.length > 0 ? pending : images;
  const priorities = sample.map(({ priority }) => priority).sort((a, b) => a - b);
  return {
    traits: sample.map(({ request, file }) => traitsOf(request, file)),
    batches: sample.map(({ batches }) => batches),
    priority: priorities[priorities.length >> 1] ?? 0,
  };
}

/** What waits, in the order in which workers take it. An image of several batches waits once. */
export function queueOf(
  summaries: readonly BatchSummary[],
  sampleOf: (batch: string) => BatchSample | undefined,
): readonly WaitingImages[] {
  const priorityOf = ({ batch }: BatchSummary): number => sampleOf(batch)?.priority ?? 0;
  const all = summaries.flatMap(({ batch }) => sampleOf(batch)?.traits ?? []);
  const earlier = new Set<string>();
  return summaries
    .filter(({ counts, isPaused }) => counts.pending > 0 && !isPaused)
    .toSorted((a, b) => priorityOf(a) - priorityOf(b) || a.createdAt - b.createdAt)
    .map(({ batch, counts }) => {
      const { traits, batches = [] } = sampleOf(batch) ?? {};
      const shared = batches.filter((names) => names.some((name) => earlier.has(name)));
      const alsoIn = [...new Set(shared.flat())].filter((name) => earlier.has(name));
      earlier.add(batch);
      const share = shared.length / Math.max(1, batches.length);
      return {
        batch,
        count: Math.round(counts.pending * (1 - share)),
        sample: traits ?? all,
        alsoIn,
      };
    });
}
