import { NOT_BUILT } from '../shared/cloud/http/failure.ts';
import { NO_ENDPOINT, NO_PROJECT } from '../shared/cloud/iam/login-answer.ts';
import type { Session } from '../shared/cloud/session/session.ts';
import { CloudError, LoginRefusedError } from '../shared/errors/errors.ts';
import { untilAborted } from '../shared/runtime/waiting.ts';
import type { WorkerDeps } from './worker-deps.ts';

type StopDeps = Pick<WorkerDeps, 'project' | 'clock' | 'workerId' | 'log'>;

/** What a worker does while IAM is in trouble. */
export interface LoginPatience {
  /** Ends the waiting. */
  readonly stop: AbortSignal;
  /** Receives the reason for waiting after each failed attempt. */
  readonly onWaiting: (line: string) => void;
}

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** Wrong settings that IAM itself has reported, and that no waiting fixes. */
const SETTINGS: ReadonlySet<string> = new Set([NO_ENDPOINT, NO_PROJECT, ...NOT_BUILT]);

/**
 * The first session of a worker, for the project that the ledger is bound to; `undefined` when the worker has to stop
 * before there is one.
 * @throws CloudError LoginRefusedError LedgerMismatchError
 */
export async function firstSession(
  deps: StopDeps & Pick<WorkerDeps, 'sessions' | 'random'>,
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
  await endLoginStop(deps);
  return session;
}

/**
 * The session, however long IAM is in trouble: unreachable, busy, throttling, or hidden behind a page of something else.
 * `undefined` when the worker has to stop meanwhile.
 * @throws LoginRefusedError when IAM itself refuses the login
 * @throws CloudError when a setting is wrong
 */
export async function waitForLogin(
  {
    sessions,
    clock,
    random,
  }: Pick<WorkerDeps, 'sessions' | 'random'> & {
    readonly clock: Pick<WorkerDeps['clock'], 'sleep'>;
  },
  { stop, onWaiting }: LoginPatience,
): Promise<Session | undefined> {
  for (let tries = 0; !stop.aborted; tries += 1) {
    try {
      const asked = sessions.get();
      asked.catch(() => undefined);
      const stopped = untilAborted(stop).then(() => undefined);
      return await Promise.race([asked, stopped]);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      onWaiting(`Waiting for IAM: ${error.message} ${error.advice ?? ''}`.trim());
    }
    const pauseMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 10));
    await clock.sleep(pauseMs * (0.8 + 0.4 * random.next()), stop);
  }
  return undefined;
}

function isTrouble(error: unknown): error is CloudError {
  return error instanceof CloudError && !SETTINGS.has(error.serviceCode ?? '');
}

/**
 * The last worker, when it loses its login, stops the project, so that people who wait learn why. One host with a wrong
 * password among others that work stops only itself.
 */
export async function stopForLogin(deps: StopDeps, error: unknown): Promise<void> {
  if (!(error instanceof LoginRefusedError)) return;
  const at = deps.clock.wall.now();
  if (await deps.project.leave(deps.workerId, at)) return;
  const { code, message } = error;
  const advice = `${error.advice ?? 'Fix the login.'} The next worker that can log in resumes by itself.`;
  await deps.project.stop({ reason: 'login', code, message, advice, at });
}

/** A successful login shows that the login works again. */
async function endLoginStop(deps: StopDeps): Promise<void> {
  const stop = await deps.project.stopped();
  if (stop?.reason !== 'login') return;
  await deps.project.resume();
  deps.log.info('the login works again, resuming');
}
