import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import { createShutdown } from '../shared/runtime/shutdown.ts';
import { runDuties } from './duty/duties.ts';
import { createScanner } from './duty/scan-project.ts';
import { watchList } from './duty/watch-list.ts';
import { reportGeneration } from './guard/report-generation.ts';
import { keepBeating } from './heartbeat.ts';
import { startQueueWorkers } from './queue-workers.ts';
import { AdmissionGate } from './submit/admission.ts';
import { listenForWakes } from './submit/wakes.ts';
import type { WorkerDeps } from './worker-deps.ts';
import { firstSession, type LoginPatience, stopForLogin } from './worker-login.ts';

export interface WorkerWiring {
  /** Everything but the stop signal, which the worker makes itself. */
  readonly deps: Omit<WorkerDeps, 'stopping'>;
  /** A new connection to the same RedisConnection, for what blocks or subscribes. */
  readonly connect: () => Promise<RedisConnection>;
  /** Calls the listener whenever the connection to Redis stands again. */
  readonly onReconnect: (listener: () => void) => void;
  /** Told once when no retry can help: a refused login. */
  readonly onFatal: (error: Error) => void;
  /** Absent: a troubled IAM is the end, not only one that refuses the login. */
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
  // There is nothing to end but what was opened.
  if (!session) return { close: () => shutdown.run() };

  await reportGeneration(deps);
  // Closed after the queue workers: nothing is sent any more, and nobody has to wait for this one.
  shutdown.add('report', () => reportGeneration(deps).then(() => deps.guard.leave(deps.workerId)));
  wiring.onReconnect(() => {
    deps.intents.reconnected();
    void reportGeneration(deps).catch(() => undefined);
  });

  const subscriber = await wiring.connect();
  shutdown.add('wake channel', () => subscriber.disconnect());
  const wakes = await listenForWakes(subscriber, deps.ledger.keys.wake, {
    clock: deps.clock,
    stopping: shutdown.signal,
  });
  const connection = await wiring.connect();
  shutdown.add('queue connection', () => connection.disconnect());
  const gate = new AdmissionGate(deps, wakes, createScanner(deps));
  const fatal = (error: Error): void => {
    void stopForLogin(deps, error).finally(() => wiring.onFatal(error));
  };
  const queueWorkers = startQueueWorkers(deps, gate, { connection, fatal });
  shutdown.add('queue workers', () => queueWorkers.close());
  const duties = runDuties(deps, wiring.onFatal);
  shutdown.add('duties', () => duties);
  // Nobody has to wait for it: it changes nothing that another worker would not.
  void watchList(deps);
  const { clock, log, stopping: stop } = deps;
  const heart = keepBeating(wiring.heartbeatFile, { clock, log, stop });
  shutdown.add('heartbeat', () => heart);
  deps.log.info({ project: session.projectId, worker: deps.workerId }, 'worker started');
  return { close: () => shutdown.run() };
}
