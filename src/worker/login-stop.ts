import { LoginRefusedError } from '../shared/errors/errors.ts';
import type { WorkerDeps } from './worker-deps.ts';

type Deps = Pick<WorkerDeps, 'project' | 'clock' | 'workerId' | 'log'>;

/**
 * The last worker that is left without a login stops the project, so that who waits learns why. One
 * host with a wrong password among others that work stops nobody but itself.
 */
export async function stopForLogin(deps: Deps, error: unknown): Promise<void> {
  if (!(error instanceof LoginRefusedError)) return;
  const at = deps.clock.now();
  if (await deps.project.leave(deps.workerId, at)) return;
  const { code, message } = error;
  const advice = `${error.advice ?? 'Mend the login.'} The next worker that can log in goes on by itself.`;
  await deps.project.stop({ reason: 'login', code, message, advice, at });
}

/** Whoever has logged in has shown that the login is mended. */
export async function endLoginStop(deps: Deps): Promise<void> {
  const stop = await deps.project.stopped();
  if (stop?.reason !== 'login') return;
  await deps.project.resume();
  deps.log.info('the login works again, going on');
}
