import type { Outlook } from '../../shared/outlook/outlook.ts';
import type { StatusDeps } from '../status-deps.ts';
import { OverviewReader } from './overview.ts';

/** Progress may be read several times a second; the time left is not worth that. */
const KEPT_MS = 2000;

/** The outlook of one batch, at most two seconds old; `undefined` while there is no such batch. */
export function watchOutlook(deps: StatusDeps, batch: string): () => Promise<Outlook | undefined> {
  const reader = new OverviewReader(deps, batch);
  let last: { readonly at: number; readonly is: Outlook | undefined } | undefined;
  return async () => {
    const at = deps.clock.monotonic();
    if (last === undefined || at - last.at >= KEPT_MS) {
      // Batches that come first have to be known.
      const { outlook } = await (last ? reader.read() : reader.readAll());
      last = { at, is: outlook.batches.get(batch) };
    }
    return last.is;
  };
}
