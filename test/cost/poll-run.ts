import type { Duration } from '../../simulator/options.ts';
import type { ManifestImage } from '../../src/shared/image/image-request.ts';
import { type ImportKey, importKey } from '../../src/shared/image/import-key.ts';
import { followImport } from '../../src/worker/follow.ts';
import { startDeadline } from '../../src/worker/intents.ts';
import { watchList } from '../../src/worker/maintenance/watch-list.ts';
import { settleAnswer } from '../../src/worker/settle-answer.ts';
import { Step } from '../../src/worker/step.ts';
import { VirtualTime } from './virtual-time.ts';
import { openWorld, type World } from './virtual-world.ts';

export interface Cloud {
  readonly durationMs: Duration;
  readonly showsProgress: boolean;
  /** The list shows images that are being created, with our marker. */
  readonly listsSaving: boolean;
}

export interface PollRun {
  /** How long each import took, in milliseconds. */
  readonly durations: readonly number[];
  /** From the end in IMS until we knew, in milliseconds, in the order of acceptance. */
  readonly lags: readonly number[];
  /** GETs of IMS jobs. */
  readonly polls: number;
  /** Lists, for any purpose. */
  readonly lists: number;
}

const IN_FLIGHT = 40;
const START = 1_800_000_000_000;

/** Imports images, forty at a time, and counts what it costs to follow them. */
export async function pollRun(path: string, images: number, cloud: Cloud): Promise<PollRun> {
  const time = new VirtualTime(START);
  const { durationMs, showsProgress, listsSaving } = cloud;
  const stopped = new AbortController();
  const world = await openWorld({
    path,
    time,
    simulator: {
      durationMs,
      taskLimit: 0x7fffffff,
      tagsVisibleAt: listsSaving ? 'init' : 'end',
      jobProgress: showsProgress,
    },
    onPoll: ({ key, queued }, delayMs) => follow(key, queued, delayMs),
  });
  const ended = new Map<ImportKey, number>();
  const follow = (key: ImportKey, queued: number, delayMs: number): void => {
    time.plan(key, time.clock.now() + delayMs, async () => {
      const outcome = await followImport(world.deps, key, queued);
      if (outcome.kind === 'again') return follow(key, queued, outcome.delayMs);
      ended.set(key, time.clock.now());
      await submitNext();
    });
  };
  const waiting = await register(world, images);
  const submitNext = async (): Promise<void> => {
    const key = waiting.shift();
    if (key !== undefined) await submit(world, key);
  };
  try {
    for (let place = 0; place < Math.min(IN_FLIGHT, images); place += 1) await submitNext();
    const clock = time.loopClock('list');
    void watchList({ ...world.deps, clock, stopping: stopped.signal });
    await time.run(() => ended.size === images);
    return figures(world, ended);
  } finally {
    stopped.abort();
    await world.close();
  }
}

async function register({ deps }: World, images: number): Promise<ImportKey[]> {
  const now = deps.clock.now();
  const all: readonly ManifestImage[] = Array.from({ length: images }, (_, index) => {
    const name = `image-${index}`;
    const file = { name, image_url: `bench:${name}.qcow2`, min_disk: 40 };
    const request = { kind: 'system', quick_import: false, copy: 1, ...file } as const;
    return { request, line: index };
  });
  await deps.batches.register('bench', all, { now, due: now });
  const me = { workerId: 'bench', seen: 0, isSafe: true, isKept: true, windowMs: 0 };
  await deps.guard.report(me);
  await deps.guard.scanned(await deps.guard.beginScan());
  return all.map(({ request }) => importKey(request));
}

async function submit({ deps, session }: World, key: ImportKey): Promise<void> {
  const entry = await deps.ledger.read(key);
  if (!entry) throw new Error('not registered');
  const deadline = startDeadline(deps.clock, 5000);
  const now = deps.clock.now();
  const { budgetMs } = deadline;
  const intent = { now, submittedAt: now, budgetMs, due: now + 60_000, sender: 'bench.1' };
  const limits = { maxInFlight: IN_FLIGHT, seenGeneration: 0, gapMs: 0 };
  const admission = await deps.ledger.admit(entry, { ...intent, ...limits });
  if (admission.kind !== 'admitted') throw new Error(`not admitted: ${admission.kind}`);
  const { request } = entry;
  const call = { session, request, key, timeoutMs: 10_000, beforeSend: () => true };
  const answer = await deps.ims.submit(call);
  await settleAnswer(new Step(deps, admission.entry), session, answer);
}

function figures({ simulator }: World, ended: ReadonlyMap<ImportKey, number>): PollRun {
  const { calls } = simulator.stats;
  const tasks = simulator.accepted.map(({ job_id, marker }) => {
    const task = simulator.state.cloud.tasks.get(job_id);
    if (!task) throw new Error('an accepted create without a task');
    return { task, knownAt: ended.get(marker ?? '') ?? Number.NaN };
  });
  return {
    durations: tasks.map(({ task }) => task.endsAt - task.startsAt),
    lags: tasks.map(({ task, knownAt }) => knownAt - task.endsAt),
    polls: calls['job'] ?? 0,
    // Each image is read once at its end, by a list with its id.
    lists: Math.max(0, (calls['list'] ?? 0) - ended.size),
  };
}
