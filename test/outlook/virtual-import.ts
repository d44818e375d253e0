import type { Duration } from '../../simulator/options.ts';
import { readOutlook } from '../../src/producer/live/read-outlook.ts';
import type { ManifestImage } from '../../src/shared/image/image-request.ts';
import { type ImportKey, importKey } from '../../src/shared/image/import-key.ts';
import type { ProjectOutlook } from '../../src/shared/outlook/outlook.ts';
import { followImport } from '../../src/worker/follow.ts';
import { startDeadline } from '../../src/worker/intents.ts';
import { watchList } from '../../src/worker/maintenance/watch-list.ts';
import { settleAnswer } from '../../src/worker/settle-answer.ts';
import { Step } from '../../src/worker/step.ts';
import { VirtualTime } from '../cost/virtual-time.ts';
import { openWorld, type World } from '../cost/virtual-world.ts';

export interface VirtualImport {
  /** Images of each batch. */
  readonly batches: Readonly<Record<string, number>>;
  readonly limit: number;
  readonly durationMs: Duration;
  readonly showsProgress: boolean;
  readonly listsSaving: boolean;
  /** No worker runs in between; milliseconds from the start. */
  readonly outage?: readonly [from: number, to: number];
  /** Imports that took about this long were seen before. */
  readonly learnedMs?: number;
}

/** The outlook at a moment, and when the batches were really done; by the virtual clock. */
export interface Moment {
  readonly at: number;
  readonly outlook: ProjectOutlook;
}

export interface VirtualRun {
  readonly start: number;
  readonly moments: readonly Moment[];
  readonly doneAt: ReadonlyMap<string, number>;
  readonly history: Awaited<ReturnType<World['deps']['project']['history']['read']>>;
  /** What the history takes in Redis. */
  readonly historyBytes: number;
}

const START = 1_800_000_000_000;
const LOOK_MS = 60_000;
const BEAT_MS = 7500;

/** Imports in virtual time with the real ledger and the real steps of a worker, and looks ahead each minute. */
export async function virtualImport(path: string, wish: VirtualImport): Promise<VirtualRun> {
  const time = new VirtualTime(START);
  const stopped = new AbortController();
  const world = await openWorld({
    path,
    time,
    simulator: {
      durationMs: wish.durationMs,
      taskLimit: 0x7fffffff,
      tagsVisibleAt: wish.listsSaving ? 'init' : 'end',
      jobProgress: wish.showsProgress,
    },
    onPoll: ({ key, queued }, delayMs) => follow(key, queued, delayMs),
  });
  const { deps } = world;
  const moments: Moment[] = [];
  const doneAt = new Map<string, number>();
  const waiting = await registerAll(world, wish);
  const submitNext = async (): Promise<void> => {
    const key = waiting.shift();
    if (key !== undefined) await submit(world, key, wish.limit);
  };
  const [gone = 0, back = 0] = (wish.outage ?? []).map((ms) => START + ms);
  const isAway = (): boolean => time.clock.now() >= gone && time.clock.now() < back;
  const follow = (key: ImportKey, queued: number, delayMs: number): void => {
    time.plan(key, time.clock.now() + delayMs, async () => {
      if (isAway()) return follow(key, queued, back - time.clock.now());
      const outcome = await followImport(deps, key, queued);
      if (outcome.kind === 'again') return follow(key, queued, outcome.delayMs);
      await submitNext();
    });
  };
  const repeat = (id: string, everyMs: number, act: () => Promise<void>): void => {
    time.plan(id, time.clock.now() + everyMs, async () => {
      await act();
      repeat(id, everyMs, act);
    });
  };
  const beat = async (): Promise<void> => {
    const now = time.clock.now();
    if (isAway()) return;
    const limits = { maxInFlight: wish.limit, submitRate: 0 };
    await deps.project.beat('bench', { now, until: now + 30_000, ...limits });
    await deps.project.history.note({
      now,
      limit: wish.limit,
      throttled: 0,
      keeps: true,
      patienceMs: 45_000,
    });
    for (const batch of Object.keys(wish.batches)) {
      const { finishedAt } = (await deps.batches.summary(batch)) ?? {};
      if (finishedAt !== undefined) doneAt.set(batch, finishedAt);
    }
  };
  try {
    await beat();
    for (let place = 0; place < wish.limit; place += 1) await submitNext();
    repeat('beat', BEAT_MS, beat);
    repeat('look', LOOK_MS, async () => {
      moments.push({ at: time.clock.now(), outlook: await readOutlook(deps) });
    });
    void watchList({ ...deps, clock: time.loopClock('list'), stopping: stopped.signal });
    await time.run(() => doneAt.size === Object.keys(wish.batches).length);
    const history = await deps.project.history.read();
    const bytes = Object.entries(await world.client.hgetall(deps.ledger.keys.history)).join(
      '',
    ).length;
    return { start: START, moments, doneAt, history, historyBytes: bytes };
  } finally {
    stopped.abort();
    await world.close();
  }
}

async function registerAll(
  { deps, client }: World,
  { batches, learnedMs }: VirtualImport,
): Promise<ImportKey[]> {
  const keys: ImportKey[] = [];
  for (const [batch, count] of Object.entries(batches)) {
    const images = Array.from({ length: count }, (_, line): ManifestImage => {
      const name = `${batch}-${line}`;
      const file = { name, image_url: `bench:${name}.qcow2`, min_disk: 40 };
      return { request: { kind: 'system', quick_import: false, copy: 1, ...file }, line };
    });
    await deps.batches.register(batch, images, { now: START + keys.length, due: START });
    keys.push(...images.map(({ request }) => importKey(request)));
  }
  const me = { workerId: 'bench', seen: 0, isSafe: true, isKept: true, windowMs: 0 };
  await deps.guard.report(me);
  await deps.guard.scanned(await deps.guard.beginScan());
  if (learnedMs !== undefined) {
    const known = `50 ${Math.log(learnedMs)} 0.01`;
    await client.hset(deps.ledger.keys.durations, { 'system/qcow2/64': known, system: known });
  }
  return keys;
}

async function submit({ deps, session }: World, key: ImportKey, limit: number): Promise<void> {
  const entry = await deps.ledger.read(key);
  if (!entry) throw new Error('not registered');
  const { budgetMs } = startDeadline(deps.clock, 5000);
  const now = deps.clock.now();
  const intent = { now, submittedAt: now, budgetMs, due: now + 60_000, sender: 'bench.1' };
  const limits = { maxInFlight: limit, seenGeneration: 0, gapMs: 0 };
  const admission = await deps.ledger.admit(entry, { ...intent, ...limits });
  if (admission.kind !== 'admitted') throw new Error(`not admitted: ${admission.kind}`);
  const call = { session, request: entry.request, key, timeoutMs: 10_000, beforeSend: () => true };
  const answer = await deps.ims.submit(call);
  await settleAnswer(new Step(deps, admission.entry), session, answer);
}
