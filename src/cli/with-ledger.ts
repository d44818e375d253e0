import type { Config } from '../shared/config/config.ts';
import { silentLogger } from '../shared/log/logger.ts';
import { systemClock } from '../shared/runtime/clock.ts';
import type { Io } from './io.ts';
import type { OpenCloud } from './open-cloud.ts';
import { type OpenLedger, openLedger } from './open-ledger.ts';
import type { CloudSettings } from './settings.ts';

/** Where a command runs. */
export interface Env {
  readonly config: Config;
  readonly io: Io;
  /** Shows only. */
  readonly isReader?: boolean;
}

/** Opens the ledger, does the work, and closes it whatever happens. */
export async function withLedger<T>(
  { config, io, isReader = false }: Env,
  work: (open: OpenLedger) => Promise<T>,
): Promise<T> {
  const open = await openLedger(config, { wait: false, isReader }, io);
  try {
    return await work(open);
  } finally {
    // A Redis that is gone must not hold back who was told to stop.
    const patience = io.stop.aborted ? [systemClock.sleep(STOPPED_MS)] : [];
    await Promise.race([open.close(), ...patience]);
  }
}

/** The same with a ledger for each of the settings. */
export async function withLedgers<S extends { readonly config: Config }, T>(
  [first, ...others]: readonly S[],
  io: Io,
  work: (opened: readonly (S & { readonly open: OpenLedger })[]) => Promise<T>,
): Promise<T> {
  if (!first) return work([]);
  return withLedger({ config: first.config, io }, (open) =>
    withLedgers(others, io, (opened) => work([{ ...first, open }, ...opened])),
  );
}

const STOPPED_MS = 500;

/**
 * The same with a login.
 * @throws LedgerMismatchError when the ledger belongs to another project than the login, or another
 * ledger of this Redis has the project
 */
export async function withCloud<T>(
  settings: CloudSettings,
  io: Io,
  work: (open: OpenLedger & Pick<OpenCloud, 'ims' | 'sessions'>) => Promise<T>,
): Promise<T> {
  // Loaded where there is a login: HTTP takes a fifth of a second.
  const { openCloud } = await import('./open-cloud.ts');
  return withLedger({ config: settings.config, io }, async (open) => {
    const { ims, sessions, close } = openCloud(settings, open, { log: silentLogger() });
    try {
      const { projectId, imsEndpoint } = await sessions.get();
      await open.project.bind(projectId);
      await open.project.claim.check(projectId, imsEndpoint);
      return await work({ ...open, ims, sessions });
    } finally {
      await close();
    }
  });
}
