import { resolve } from 'node:path';
import { keepArchiving } from '../operator/archive/keep-archiving.ts';
import type { Config } from '../shared/config/config.ts';
import type { Logger } from '../shared/log/logger.ts';
import { archiveDeps } from './archive.ts';
import type { CloudLedgers } from './clouds.ts';
import type { OpenLedger } from './open-ledger.ts';

/** Archives beside `watch` and `up`, where IMS_FERRY_ARCHIVE_AFTER says so; ends soon after `stop`. */
export async function archiveAlong(on: {
  readonly open: OpenLedger;
  readonly ledgers: CloudLedgers;
  readonly config: Config;
  readonly log: Logger;
  readonly stop: AbortSignal;
}): Promise<void> {
  const { open, ledgers, config, log, stop } = on;
  const { afterMs, folder } = config.archive;
  if (afterMs === undefined || folder === undefined) return;
  log.info({ folder, afterMs }, 'finished batches are archived');
  const home = archiveDeps(open, { config, stop });
  await keepArchiving(home, {
    afterMs,
    folder: resolve(folder),
    log,
    ledgers: async () => {
      // Who names a cloud wants that one only.
      const names = config.cloud === undefined ? await open.project.clouds.names() : [];
      const opened = new Set([open, ...(await Promise.all(names.map((name) => ledgers.of(name))))]);
      return [...opened].map((one) => (one === open ? home : archiveDeps(one, { config, stop })));
    },
  });
}
