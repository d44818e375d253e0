import { writeFile } from 'node:fs/promises';
import { NOT_BUILT } from '../shared/cloud/http/failure.ts';
import { NO_ENDPOINT, NO_PROJECT } from '../shared/cloud/iam/login-answer.ts';
import type { Session } from '../shared/cloud/session/session.ts';
import { CloudError, LoginRefusedError } from '../shared/errors/errors.ts';
import type { Logger } from '../shared/log/logger.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import { type Clock, untilAborted } from '../shared/runtime/clock.ts';
import { createShutdown } from '../shared/runtime/shutdown.ts';
import { AdmissionGate, listenForWakes } from './admission.ts';
import { reportGeneration } from './generation.ts';
import { runMaintenance } from './maintenance/maintenance.ts';
import { createScanner } from './maintenance/scan-project.ts';
import { watchList } from './maintenance/watch-list.ts';
import { deliverLast, startNotifying } from './notify/deliver.ts';
import { startQueueWorkers } from './queue-workers.ts';
import { shareImages } from './sharing/share-images.ts';
import type { WorkerDeps } from './step.ts';

export interface WorkerWiring {
  /** Everything but the stop signal, which the worker makes itself. */
  readonly deps: Omit<WorkerDeps, 'stopping'>;
  /** A new connection to the same Redis, for what blocks or subscribes. */
  readonly connect: () => Promise<RedisConnection>;
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
  shutdown.add('other clouds', () => wiring.deps.others.close());
  shutdown.add('intents', () => wiring.deps.intents.close());
  const deps: WorkerDeps = { ...wiring.deps, stopping: shutdown.signal };
  const session = await firstSession(deps, wiring.patience).catch(async (error: unknown) => {
    await deliverLast(deps);
    throw error;
  });
  // Nothing else is open yet.
  if (!session) return { close: () => shutdown.run() };

  await reportGeneration(deps);
  // Closed after the queue workers: nothing is sent any more, and nobody has to wait for this worker.
  shutdown.add('report', async () => {
    await reportGeneration(deps);
    await deps.guard.leave(deps.workerId);
    await deps.project.leave(deps.workerId, deps.clock.wall.now());
  });
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
  // Closed after the queue workers: what they have ended is still delivered.
  const notifying = startNotifying(deps);
  shutdown.add('notifications', () => notifying.close());
  const queueWorkers = startQueueWorkers(deps, gate, { connection, fatal });
  shutdown.add('queue workers', () => queueWorkers.close());
  const maintenance = runMaintenance(deps, wiring.onFatal);
  shutdown.add('maintenance', () => maintenance);
  // Closing does not wait for it: another worker would do the same.
  void watchList(deps);
  void shareImages(deps);
  const heart = keepBeating(wiring.heartbeatFile, { ...deps, stop: deps.stopping });
  shutdown.add('heartbeat', () => heart);
  deps.log.info({ project: session.projectId, worker: deps.workerId }, 'worker started');
  return { close: () => shutdown.run() };
}

type StopDeps = Pick<WorkerDeps, 'project' | 'clock' | 'workerId' | 'log'>;
type LoginDeps = Pick<WorkerDeps, 'sessions' | 'random'> & {
  readonly clock: Pick<WorkerDeps['clock'], 'sleep'>;
};

/** What a worker does while IAM is in trouble. */
export interface LoginPatience {
  readonly stop: AbortSignal;
  /** Receives the reason for waiting after each failed attempt. */
  readonly onWaiting: (line: string) => void;
}

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** Wrong settings that IAM itself has reported, and that no waiting fixes. */
const SETTINGS: ReadonlySet<string> = new Set([NO_ENDPOINT, NO_PROJECT, ...NOT_BUILT]);

/**
 * The first session of a worker, for the project that the ledger is bound to; `undefined` when the worker has
 * to stop before there is one.
 * @throws CloudError LoginRefusedError LedgerMismatchError
 */
async function firstSession(
  deps: StopDeps & LoginDeps,
  patience: LoginPatience | undefined,
): Promise<Session | undefined> {
  const login = patience ? waitForLogin(deps, patience) : deps.sessions.get();
  const session = await login.catch(async (error: unknown) => {
    await stopForLogin(deps, error);
    throw error;
  });
  if (!session) return undefined;
  await deps.project.bind(session.projectId);
  await deps.project.claim.take(session.projectId, session.imsEndpoint);
  if ((await deps.project.stopped())?.reason === 'login') {
    await deps.project.resume();
    deps.log.info('the login works again, resuming');
  }
  return session;
}

/**
 * The session, however long IAM is in trouble: unreachable, busy, throttling, or hidden behind a page of
 * something else. `undefined` when the worker has to stop meanwhile.
 * @throws LoginRefusedError when IAM itself refuses the login
 * @throws CloudError when a setting is wrong
 */
export async function waitForLogin(
  { sessions, clock, random }: LoginDeps,
  { stop, onWaiting }: LoginPatience,
): Promise<Session | undefined> {
  for (let tries = 0; !stop.aborted; tries += 1) {
    try {
      const session = sessions.get();
      session.catch(() => undefined);
      const stopped = untilAborted(stop).then(() => undefined);
      return await Promise.race([session, stopped]);
    } catch (error) {
      if (!isIamUnavailable(error)) throw error;
      onWaiting(`Waiting for IAM: ${error.message} ${error.advice ?? ''}`.trim());
    }
    const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 10));
    await clock.sleep(pauseMs * (0.8 + 0.4 * random.next()), stop);
  }
  return undefined;
}

function isIamUnavailable(error: unknown): error is CloudError {
  return error instanceof CloudError && !SETTINGS.has(error.serviceCode ?? '');
}

/**
 * The last worker, when it loses its login, stops the project, so that people who wait learn why. One host
 * with a wrong password among others that work stops only itself.
 */
async function stopForLogin(deps: StopDeps, error: unknown): Promise<void> {
  if (!(error instanceof LoginRefusedError)) return;
  const at = deps.clock.wall.now();
  if (await deps.project.leave(deps.workerId, at)) return;
  const { code, message } = error;
  const advice = `${error.advice ?? 'Fix the login.'} The next worker that can log in resumes by itself.`;
  await deps.project.stop({ reason: 'login', code, message, advice, at });
}

const HEARTBEAT_MS = 5000;

/** Touches a file every few seconds, for health checks; does nothing without one. */
export async function keepBeating(
  file: string | undefined,
  { clock, log, stop }: { readonly clock: Clock; readonly log: Logger; readonly stop: AbortSignal },
): Promise<void> {
  let failed = false;
  while (file !== undefined && !stop.aborted) {
    try {
      await writeFile(file, '');
      failed = false;
    } catch (error) {
      if (!failed) log.warn({ err: error, file }, 'heartbeat file not written');
      failed = true;
    }
    await clock.sleep(HEARTBEAT_MS, stop);
  }
}
