import { stat } from 'node:fs/promises';
import type { WatchOptions } from '../producer/watch/watch-deps.ts';
import { watchFolder } from '../producer/watch/watch-folder.ts';
import type { Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode, UsageError } from '../shared/errors/errors.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import { TakenFiles } from '../shared/ledger/taken-files.ts';
import { createLogger, type Logger } from '../shared/log/logger.ts';
import { untilAborted } from '../shared/runtime/clock.ts';
import { systemRandom } from '../shared/runtime/random.ts';
import { archiveAlong } from './archive-along.ts';
import { cloudLedgers } from './cloud-ledgers.ts';
import { expandPatterns } from './expand-patterns.ts';
import type { Io } from './io.ts';
import { type OpenLedger, openLedger } from './open-ledger.ts';

/** After this the process ends, whatever is still open: what is half registered is gone on with. */
const CLOSE_MS = 3500;

/** `watch FOLDER`: submits every manifest dropped into a folder, until SIGTERM. */
export async function watch(
  options: WatchOptions,
  env: { readonly config: Config; readonly io: Io },
): Promise<ExitCode> {
  const { config, io } = env;
  await requireFolder(options.folder);
  const log = createLogger(config.logLevel, io.log);
  const open = await openLedger(config, { wait: true }, io).catch((error: unknown) => {
    if (io.stop.aborted) return undefined;
    throw error;
  });
  if (!open) return EXIT.ok;
  try {
    await watchOn(options, { open, log, stop: io.stop, config, io });
    return EXIT.ok;
  } finally {
    await open.close();
  }
}

/** Watches over an open ledger; also used by `up`. Ends soon after `stop` is aborted. */
export async function watchOn(
  options: WatchOptions,
  on: {
    readonly open: OpenLedger;
    readonly log: Logger;
    readonly stop: AbortSignal;
    readonly config: Config;
    readonly io: Io;
  },
): Promise<void> {
  const { open, log, stop, io, config } = on;
  const { clock } = open;
  log.info({ folder: options.folder, archive: options.archive }, 'watching for manifests');
  const files = new TakenFiles(open.redis, open.ledger.keys);
  const expand = (manifest: Manifest) => expandPatterns(manifest, io);
  const ledgers = cloudLedgers(open, config, io);
  const own = {
    ledgerOf: ledgers.of,
    random: systemRandom,
    watcherId: systemRandom.id(9),
    stopping: stop,
  };
  const more = { log, files, expand, ...own };
  const over = new AbortController();
  const archiving = archiveAlong({
    ...{ open, config, log, ledgers },
    stop: AbortSignal.any([stop, over.signal]),
  });
  const watching = watchFolder({ ...open, ...more }, options).finally(() => over.abort());
  // A command to a Redis that is away waits for ever.
  const late = untilAborted(AbortSignal.any([stop, over.signal])).then(() =>
    clock.sleep(CLOSE_MS, over.signal),
  );
  const ended = watching.finally(() => archiving).finally(() => ledgers.close());
  await Promise.race([ended, late]);
}

/** @throws UsageError when there is no such folder */
export async function requireFolder(folder: string): Promise<void> {
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory()) return;
  const what = facts ? 'is no folder' : 'does not exist';
  throw new UsageError(`${folder} ${what}.`, 'Name a folder that is there.');
}
