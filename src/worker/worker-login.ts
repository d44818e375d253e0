import { NOT_BUILT } from '../shared/cloud/http/unbuildable.ts';
import { NO_ENDPOINT, NO_PROJECT } from '../shared/cloud/iam/find-endpoint.ts';
import type { Session } from '../shared/cloud/ims/ims-answers.ts';
import { CloudError, LoginRefusedError } from '../shared/errors/errors.ts';
import { untilAborted } from '../shared/runtime/clock.ts';
import type { WorkerDeps } from './worker-deps.ts';

type StopDeps = Pick<WorkerDeps, 'project' | 'clock' | 'workerId' | 'log'>;

/** What a worker does while IAM is in trouble. */
export interface LoginPatience {
  /** Ends the waiting. */
  readonly stop: AbortSignal;
  /** Told why it waits, each time that IAM was asked in vain. */
  readonly onWaiting: (line: string) => void;
}

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
/** Settings that no waiting mends, and that IAM is well enough to tell. */
const SETTINGS: ReadonlySet<string> = new Set([NO_ENDPOINT, NO_PROJECT, ...NOT_BUILT]);

/**
 * The first session of a worker, for the project that the ledger is bound to; `undefined` when it was
 * told to stop before there was one.
 * @throws CloudError LoginRefusedError LedgerMismatchError
 */
export async function firstSession(
  deps: StopDeps & Pick<WorkerDeps, 'sessions' | 'random'>,
  patience: LoginPatience | undefined,
): Promise<Session | undefined> {
  const asked = patience ? waitForLogin(deps, patience) : deps.sessions.get();
  const session = await asked.catch(async (error: unknown) => {
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
 * The session, however long IAM is in trouble: away, busy, throttling, or hidden behind a page of
 * something else. `undefined` when it was told to stop meanwhile.
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
 * The last worker that is left without a login stops the project, so that who waits learns why. One
 * host with a wrong password among others that work stops nobody but itself.
 */
export async function stopForLogin(deps: StopDeps, error: unknown): Promise<void> {
  if (!(error instanceof LoginRefusedError)) return;
  const at = deps.clock.wall.now();
  if (await deps.project.leave(deps.workerId, at)) return;
  const { code, message } = error;
  const advice = `${error.advice ?? 'Mend the login.'} The next worker that can log in goes on by itself.`;
  await deps.project.stop({ reason: 'login', code, message, advice, at });
}

/** Whoever has logged in has shown that the login is mended. */
async function endLoginStop(deps: StopDeps): Promise<void> {
  const stop = await deps.project.stopped();
  if (stop?.reason !== 'login') return;
  await deps.project.resume();
  deps.log.info('the login works again, going on');
}
