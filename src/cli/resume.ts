import type { Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import type { Io } from './io.ts';
import { openLedger } from './open-ledger.ts';

/** `resume`: lifts the stop of the project, after its cause was mended. */
export async function resume(env: { readonly config: Config; readonly io: Io }): Promise<ExitCode> {
  const open = await openLedger(env.config, false, env.io);
  try {
    const stop = await open.project.stopped();
    await open.project.resume();
    env.io.err(stop ? `Going on after ${stop.code}: ${stop.message}` : 'Nothing was stopped.');
    return EXIT.ok;
  } finally {
    await open.close();
  }
}
