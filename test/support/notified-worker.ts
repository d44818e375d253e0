import type { NotifyTarget } from '../../src/shared/config/notify-config.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import type { Notification } from '../../src/shared/notify/notification.ts';
import type { PostResult } from '../../src/shared/notify/post.ts';
import { type ImportEvent, stateVersion } from '../../src/shared/state/import-state.ts';
import { createRound } from '../../src/worker/notify/deliver.ts';
import { createGatherer } from '../../src/worker/notify/gather-held.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { accept } from './accept.ts';
import { imageRequest } from './images.ts';
import type { UsedRedis } from './use-redis.ts';
import { workerDeps } from './worker-deps.ts';

/** What a receiver answers that cannot be reached. */
export const AWAY = {
  kind: 'failed',
  reason: 'nothing listens there (hooks.test)',
  isFinal: false,
} as const;

interface Sent {
  readonly to: string;
  readonly notification: Notification;
  readonly body: string;
}

/** Workers on one ledger whose time the test moves, and what they have sent. */
export async function notifiedWorkers(redis: UsedRedis, names: readonly string[] = ['default']) {
  const real = await workerDeps(redis, {});
  let aheadMs = 0;
  const clock = {
    ...real.clock,
    wall: { ...real.clock.wall, now: () => real.clock.wall.now() + aheadMs },
    now: () => Math.round(real.clock.now()) + aheadMs,
    monotonic: () => real.clock.monotonic() + aheadMs,
    sleep: real.clock.sleep.bind(real.clock),
  };
  const deps: WorkerDeps = { ...real, clock };
  const sent: Sent[] = [];
  const receiver = { answer: (_: Sent): PostResult => ({ kind: 'delivered' }) };
  const targets = names.map((name): NotifyTarget => {
    return { name, url: 'https://hooks.test/secret', host: 'hooks.test', keys: [] };
  });
  const poster = {
    post: async ({ name: to }: NotifyTarget, body: string) => {
      const one = { to, body, notification: JSON.parse(body) as Notification };
      sent.push(one);
      return receiver.answer(one);
    },
    close: async () => undefined,
  };
  const gather = createGatherer(deps);
  /** One worker's round for each target. A new one has forgotten what the last one knew. */
  const round = async (workerId = 'w'): Promise<void> => {
    const notifier = { targets, poster };
    for (const target of targets) await createRound({ ...deps, workerId }, notifier, target)();
  };
  const change = async (name: string, event: (of: string) => ImportEvent): Promise<void> => {
    const key = importKey(imageRequest(name));
    const entry = await deps.ledger.read(key);
    if (!entry) throw new Error(`${name} is not registered`);
    const times = { now: clock.now(), due: clock.now() + 60_000 };
    const { kind } = await deps.ledger.change(key, event(stateVersion(entry)), times);
    if (kind !== 'changed') throw new Error(`${name}: ${kind}`);
  };
  return {
    deps,
    sent,
    receiver,
    round,
    gather,
    pass: (ms: number) => {
      aheadMs += ms;
    },
    register: async (batch: string, images: readonly string[], notify?: string) => {
      const requests = images.map((name) => ({ request: imageRequest(name), line: 1 }));
      const at = {
        now: clock.now(),
        due: clock.now() + 60_000,
        ...(notify && { manifest: { notify } }),
      };
      await deps.batches.register(batch, requests, at);
    },
    succeed: async (name: string) => {
      await accept(deps, name);
      const imageId = `of-${name}`;
      await change(name, (of) => ({ type: 'succeeded', of, imageId, otherImageIds: [] }));
    },
    cancel: (name: string) => change(name, () => ({ type: 'cancel' })),
    hold: async (name: string) => {
      await accept(deps, name);
      const reason = { code: 'TIMEOUT', message: 'no answer' };
      const at = clock.now();
      await change(name, (of) => ({ type: 'lost', of, reason, at, hold: true }));
    },
    resolve: (name: string) =>
      change(name, (of) => {
        const reason = { code: 'BY_HAND', message: 'given up' };
        return { type: 'resolved', of, verdict: 'fail', reason, at: clock.now() };
      }),
  };
}
