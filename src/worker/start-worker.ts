import { writeFile } from 'node:fs/promises';
import type { Logger } from '../shared/log/logger.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import { createShutdown } from '../shared/runtime/shutdown.ts';
import { AdmissionGate, listenForWakes } from './admission.ts';
import { reportGeneration } from './generation.ts';
import { runMaintenance } from './maintenance/maintenance.ts';
import { createScanner } from './maintenance/scan-project.ts';
import { watchList } from './maintenance/watch-list.ts';
import { startQueueWorkers } from './queue-workers.ts';
import type { WorkerDeps } from './worker-deps.ts';
import { firstSession, type LoginPatience, stopForLogin } from './worker-login.ts';

export interface WorkerWiring {
  /** Everything but the stop signal, which the worker makes itself. */
  readonly deps: Omit<WorkerDeps, 'stopping'>;
  /** A new connection to the same Redis, for what blocks or subscribes. */
  readonly connect: () => Promise<RedisConnection>;
  /** Calls the listener whenever the connection to Redis is back. */
  readonly onReconnect: (listener: () => void) => void;
  /** Called once when no retry can help: a refused login. */
  readonly onFatal: (error: Error) => void;
  /** Absent: any trouble with IAM is the end, not only a refused login. */
  readonly patience?: LoginPatience;
  /** Touched every few seconds while the worker lives, for health checks. */
  readonly heartbeatFile?: string;
}

export interface RunningWorker {
  /** Stops taking queue jobs, lets a POST that is under way finish, and closes everything. */
  close(): Promise<readonly string[]>;
}

/**
 * Starts a worker. The project must be bound to the session's project id before.
 * @throws CloudError LoginRefusedError LedgerMismatchError RedisError
 */
export async function startWorker(wiring: WorkerWiring): Promise<RunningWorker> {
  const shutdown = createShutdown();
  shutdown.add('generation', () => wiring.deps.generation.close());
  shutdown.add('intents', () => wiring.deps.intents.close());
  const deps: WorkerDeps = { ...wiring.deps, stopping: shutdown.signal };
  const session = await firstSession(deps, wiring.patience);
  // Nothing else is open yet.
  if (!session) return { close: () => shutdown.run() };

  await reportGeneration(deps);
  // Closed after the queue workers: nothing is sent any more, and nobody has to wait for this worker.
  shutdown.add('report', () => reportGeneration(deps).then(() => deps.guard.leave(deps.workerId)));
  wiring.onReconnect(() => {
    deps.intents.reconnected();
    void reportGeneration(deps).catch(() => undefined);
  });

  const subscriber = await wiring.connect();
  shutdown.add('wake channel', () => subscriber.disconnect());
  const wakes = await listenForWakes(subscriber, deps.ledger.keys.wake, deps);
  const connection = await wiring.connect();
  shutdown.add('queue connection', () => connection.disconnect());
  const gate = new AdmissionGate(deps, wakes, createScanner(deps));
  const fatal = (error: Error): void => {
    void stopForLogin(deps, error).finally(() => wiring.onFatal(error));
  };
  const queueWorkers = startQueueWorkers(deps, gate, { connection, fatal });
  shutdown.add('queue workers', () => queueWorkers.close());
  const maintenance = runMaintenance(deps, wiring.onFatal);
  shutdown.add('maintenance', () => maintenance);
  // Closing does not wait for it: another worker would do the same.
  void watchList(deps);
  const { clock, log, stopping: stop } = deps;
  const heart = keepBeating(wiring.heartbeatFile, { clock, log, stop });
  shutdown.add('heartbeat', () => heart);
  deps.log.info({ project: session.projectId, worker: deps.workerId }, 'worker started');
  return { close: () => shutdown.run() };
}

const HEARTBEAT_MS = 5000;

/** Touches a file every few seconds, for health checks; does nothing without one. */
export async function keepBeating(
  file: string | undefined,
  { clock, log, stop }: { readonly clock: Clock; readonly log: Logger; readonly stop: AbortSignal },
): Promise<void> {
  let failed = false;
  while (file !== undefined && !stop.aborted) {
    const error: unknown = await writeFile(file, '').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error !== undefined && !failed)
      log.warn({ err: error, file }, 'heartbeat file not written');
    failed = error !== undefined;
    await clock.sleep(HEARTBEAT_MS, stop);
  }
}
