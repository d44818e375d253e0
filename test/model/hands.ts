import { loadConfig } from '../../src/shared/config/config.ts';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { type ImportKey, importKey } from '../../src/shared/image/import-key.ts';
import { claimsOf } from '../../src/shared/ledger/compare-and-set.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { NO_METRICS } from '../../src/shared/metrics/metrics.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import type { ImportEvent, Progress } from '../../src/shared/state/import-state.ts';
import { transition } from '../../src/shared/state/machine.ts';
import { NO_TRACES } from '../../src/shared/tracing/traces.ts';
import { PermissionRefusals } from '../../src/worker/permission-refusals.ts';
import { RestingClouds } from '../../src/worker/resting-clouds.ts';
import { SharedLookUps } from '../../src/worker/shared-look-ups.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { type CloudView, imsOf, REQUEST, SESSION } from './cloud.ts';

export const WINDOW_MS = 90_000;
const LAG = { samples: 5, largestMs: 0 };

/** All that one step of a worker can see. */
export interface Sight {
  readonly progress: Progress;
  readonly cloud: CloudView;
  /** By the fleet's time. */
  readonly now: number;
  readonly policy: 'auto' | 'resubmit' | 'hold';
  readonly request?: ImageRequest;
  /** Which import has each image. */
  readonly owners?: Readonly<Record<string, ImportKey>>;
  /** Other imports that stand in the lists of what may own an image. */
  readonly others?: readonly LedgerEntry[];
}

/** A step of the product. */
export interface Act {
  readonly name: string;
  readonly run: (deps: WorkerDeps, entry: LedgerEntry) => Promise<unknown>;
}

const known = new Map<string, readonly ImportEvent[]>();

/**
 * What a worker would write down: runs a step of the product itself, over a cloud and a ledger that show
 * what the model says. The ledger writes nothing; the model does that, perhaps much later.
 */
export async function concludes(act: Act, sight: Sight): Promise<readonly ImportEvent[]> {
  const name = `${act.name} ${JSON.stringify(sight)}`;
  const before = known.get(name);
  if (before) return before;
  const events: ImportEvent[] = [];
  await act.run(depsOf(sight, events), entryOf(sight));
  known.set(name, events);
  return events;
}

export function entryOf({ progress, request = REQUEST }: Pick<Sight, 'progress' | 'request'>) {
  const key = importKey(request);
  const times = { revision: 1, registeredAt: 0, submittedAt: 0, acceptedAt: 0, polls: 0 };
  return { ...progress, key, request, batches: ['b'], declined: [], ...times };
}

const CONFIG = loadConfig({});
const NO_COOLDOWN = { coolingMs: async () => 0, listingLag: async () => LAG };
const NOTHING = async (): Promise<undefined> => undefined;

function depsOf(sight: Sight, events: ImportEvent[]): WorkerDeps {
  const { now, policy, cloud, owners = {}, others: rivals = [] } = sight;
  const time = { now: () => now, monotonic: () => now, sleep: NOTHING };
  const clock = { ...time, wall: time, offsetMs: 0, measure: NOTHING };
  const entry = entryOf(sight);
  const project = {
    ...NO_COOLDOWN,
    endThrottle: NOTHING,
    coolDown: NOTHING,
    addLag: NOTHING,
    claimCoolDown: async () => false,
    listing: { of: NOTHING, judge: async () => false },
    durations: { learned: async () => [], learn: NOTHING },
  };
  const parts = {
    config: { ...CONFIG, unknown: { policy, windowMs: WINDOW_MS } },
    clock,
    project,
    ledger: {
      change: async (_key: string, event: ImportEvent) => {
        const taken = takenFrom(sight, event);
        if (taken) return { ...taken, entry };
        events.push(event);
        return { kind: 'ignored', entry };
      },
      read: async () => entry,
      putOff: NOTHING,
      owners: {
        about: async () => ({
          isComplete: true,
          owners: new Map(Object.entries(owners)),
          rivals,
        }),
      },
    },
    pace: { tryAcquire: async () => 0, throttled: NOTHING },
    lookUps: new SharedLookUps(),
    refusals: new PermissionRefusals(time),
    resting: new RestingClouds(),
    queues: { addPoll: NOTHING, addSubmits: NOTHING, addLateJob: NOTHING },
    ims: imsOf(cloud),
    sessions: { get: async () => SESSION, invalidate: NOTHING },
    random: seededRandom(1),
    log: silentLogger(),
    metrics: NO_METRICS,
    traces: NO_TRACES,
    stopping: new AbortController().signal,
    workerId: 'w',
  };
  return parts as unknown as WorkerDeps;
}

/** As the script that writes a change: an image belongs to one import. */
function takenFrom(sight: Sight, event: ImportEvent) {
  const { progress, owners = {} } = sight;
  const next = transition(progress, event);
  const { key } = entryOf(sight);
  const imageId = next && claimsOf(progress, next).needed.find((id) => (owners[id] ?? key) !== key);
  if (imageId === undefined) return undefined;
  return { kind: 'taken', imageId, owner: owners[imageId] ?? '' } as const;
}
