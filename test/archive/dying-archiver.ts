/** Archives like `ims-ferry archive`, and dies by SIGKILL right before the call that its environment names. */

import { archiveDeps } from '../../src/cli/commands/archive.ts';
import { openLedger } from '../../src/cli/open/open-ledger.ts';
import { archiveBatches } from '../../src/operator/archive/archive-batches.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { BatchArchive } from '../../src/shared/ledger/batch-archive.ts';
import { BatchStore } from '../../src/shared/ledger/batch-store.ts';
import { systemIo } from '../crash/worker-io.ts';

const [folder = ''] = process.argv.slice(2);
const [method = '', nth = '1'] = (process.env['DIE_AT'] ?? '').split(' ');
let calls = 0;

/** A store; the named call of it is never made. */
function dying<T extends object>(store: T): T {
  return new Proxy(store, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]): unknown => {
        if (property === method) calls += 1;
        if (property !== method || calls < Number(nth)) return Reflect.apply(value, target, args);
        process.kill(process.pid, 'SIGKILL');
        return new Promise(() => undefined);
      };
    },
  });
}

const config = loadConfig(process.env);
const open = await openLedger(config, { wait: false }, systemIo);
const own = archiveDeps(open, { config, stop: new AbortController().signal });

class DyingBatches extends BatchStore {
  override readonly archive = dying(new BatchArchive(open.redis, open.ledger.keys));
}

const batches = new DyingBatches(open.redis, open.ledger.keys);
const deps = { ...own, batches, ledger: dying(own.ledger) };
await archiveBatches(deps, { batches: ['b'], olderThanMs: 0, folder }, () => undefined);
