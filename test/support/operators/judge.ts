import type { Accepted } from '../../../simulator/ims/accepted-log.ts';
import type { ImageStatus } from '../../../src/producer/batch-status.ts';
import { GIVEN_UP } from '../../../src/shared/look-up/match-images.ts';
import type { Deeds } from './operator.ts';
import type { Ordered } from './orders.ts';

/** What counts of a create that the cloud has accepted. */
export type Create = Pick<Accepted, 'marker' | 'at' | 'job_id' | 'image_ids' | 'late'>;

interface Lookup<T> {
  get(id: string): T | undefined;
}

/** What the judge reads of the simulated cloud. */
export interface Cloud {
  readonly accepted: readonly Create[];
  readonly state: {
    readonly cloud: {
      readonly tasks: Lookup<{ readonly failure?: unknown; readonly endsAt: number }>;
      readonly images: Lookup<{ readonly deletedAt?: number | undefined }>;
    };
  };
}

/** What the judge reads of an image in `status --json`. */
export type Outcome = Pick<ImageStatus, 'key' | 'state' | 'held' | 'image_id'> & {
  readonly error: { readonly code: string } | null;
};

export interface Evidence {
  readonly simulator: Cloud;
  readonly ordered: ReadonlyMap<string, Ordered>;
  readonly deeds: Deeds;
  /** `status --json` of every batch, at the end. */
  readonly statuses: readonly { readonly images: readonly Outcome[] }[];
}

export interface Verdict {
  readonly doubles: readonly string[];
  readonly lost: readonly string[];
  readonly wrong: readonly string[];
}

/** Compares what was ordered, what the cloud has accepted, and what the ledger says. */
export function judge(evidence: Evidence): Verdict {
  const { simulator, ordered, statuses } = evidence;
  const images = new Map(statuses.flatMap((batch) => batch.images).map((one) => [one.key, one]));
  const creates = Map.groupBy(simulator.accepted, ({ marker }) => marker ?? 'without a marker');
  const keys = [...new Set([...ordered.keys(), ...creates.keys()])];
  const about = (key: string, what: string): string => {
    const image = images.get(key);
    const made = (creates.get(key) ?? []).map((line) => describe(simulator, line));
    const ledger = image ? JSON.stringify(image) : 'not in the ledger';
    return `${ordered.get(key)?.name ?? key} ${what}: ${ledger}; cloud: ${made.join(', ')}`;
  };
  const those = (what: string, holds: (key: string) => boolean) =>
    keys.filter(holds).map((key) => about(key, what));
  return {
    doubles: those('double', (key) => isDouble(evidence, key, creates.get(key) ?? [])),
    lost: those('lost', (key) => !isSettled(images.get(key))),
    wrong: those('wrong', (key) => isWrong(simulator, images.get(key), creates.get(key) ?? [])),
  };
}

/** True if an image was created while an earlier one lived, or in place of one that nobody gave up. */
function isDouble(
  { simulator, ordered, deeds }: Evidence,
  key: string,
  made: readonly Create[],
): boolean {
  const batches = ordered.get(key)?.batches ?? new Set<string>();
  return made.some((line, index) => {
    const before = made.slice(0, index);
    if (before.some((one) => livesAt(simulator, one, line.at))) return true;
    const last = before.at(-1);
    if (last === undefined || failedAt(simulator, last, line.at)) return false;
    return !deeds.asked.some(({ at, batch }) => at <= line.at && batches.has(batch));
  });
}

function failedAt({ state }: Cloud, { job_id }: Create, at: number): boolean {
  const task = state.cloud.tasks.get(job_id);
  return task?.failure !== undefined && task.endsAt <= at;
}

/** It may be active at that moment, or become so. */
function livesAt(simulator: Cloud, line: Create, at: number): boolean {
  if (failedAt(simulator, line, at)) return false;
  const [id = ''] = line.image_ids;
  const deletedAt = simulator.state.cloud.images.get(id)?.deletedAt;
  return deletedAt === undefined || deletedAt > at;
}

function isSettled(image: Outcome | undefined): boolean {
  if (!image) return false;
  const { state, held, error } = image;
  if (state === 'failed') return error !== null;
  return state === 'succeeded' || state === 'cancelled' || (state === 'unknown' && held);
}

/** Where the cloud contradicts the ledger; what a person has decided or deleted is no contradiction. */
function isWrong(simulator: Cloud, image: Outcome | undefined, made: readonly Create[]): boolean {
  const living = made.filter((line) => livesAt(simulator, line, Number.MAX_SAFE_INTEGER));
  switch (image?.state) {
    case 'succeeded': {
      const own = made.find(({ image_ids }) => image_ids.includes(image.image_id ?? ''));
      return own === undefined || failedAt(simulator, own, Number.MAX_SAFE_INTEGER);
    }
    case 'failed':
      return living.length > 0 && image.error?.code !== GIVEN_UP;
    default:
      // A person may order another image in place of one that lives, and take that back.
      return false;
  }
}

function describe(simulator: Cloud, line: Create): string {
  const task = simulator.state.cloud.tasks.get(line.job_id);
  const [id = ''] = line.image_ids;
  const deletedAt = simulator.state.cloud.images.get(id)?.deletedAt;
  const fate = task?.failure ? `fails at ${task.endsAt}` : `done at ${task?.endsAt}`;
  const gone = deletedAt === undefined ? '' : `, deleted at ${deletedAt}`;
  const unseen = line.late ? ' unseen' : '';
  return `at ${line.at}${unseen} job ${line.job_id} image ${id} ${fate}${gone}`;
}
