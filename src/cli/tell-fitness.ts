import type { Logger } from '../shared/log/logger.ts';
import type { Metrics } from '../shared/metrics/metrics.ts';
import type { OpenLedger } from './open-ledger.ts';

interface Ears {
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Says in one line that Redis is not as it has to be any more, and in one that it is again. */
export function tellFitness({ fitness, guard }: OpenLedger, { log, metrics }: Ears): void {
  let last: string | undefined;
  fitness.listen(({ unfit, evicted }) => {
    metrics.redisUnfit(unfit?.code);
    if (evicted > 0) {
      log.error({ evicted }, 'Redis has evicted keys: images may be missing from the ledger');
      void guard.freezeAtNextReport().catch(() => undefined);
    }
    if (unfit?.code === last) return;
    last = unfit?.code;
    if (unfit) log.error(unfit, 'nothing is created: Redis is not as it has to be');
    else log.info('Redis is as it has to be again, creates go on');
  });
}
