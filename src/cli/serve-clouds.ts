import { loadCloudConfig } from '../shared/config/cloud/load-cloud.ts';
import type { Config } from '../shared/config/config.ts';
import { forCloud } from '../shared/config/load-config.ts';
import { CloudError, FerryError, RedisError } from '../shared/errors/errors.ts';
import type { Logger } from '../shared/log/logger.ts';
import type { Metrics } from '../shared/metrics/metrics.ts';
import type { RunningWorker } from '../worker/start-worker.ts';
import type { Io } from './io.ts';
import { type OpenLedger, openLedger } from './open-ledger.ts';
import { startWorkerOn } from './wire-worker.ts';

export interface Serving {
  /** Of the cloud of the environment. */
  readonly config: Config;
  readonly home: OpenLedger;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly io: Io;
  /** Workers begin within so many milliseconds after a manifest has named their cloud. @default 2000 */
  readonly everyMs?: number;
}

export interface ServedClouds {
  close(): Promise<void>;
}

interface Served {
  readonly worker: RunningWorker;
  readonly open: OpenLedger;
}

const EVERY_MS = 2000;
/** A cloud that is away is left alone for so long. */
const AWAY_MS = 30_000;

/**
 * Runs a worker for every cloud that manifests have named and that the clouds.yaml of this machine has,
 * as soon as they do. What is wrong with one of them stops that one only.
 */
export function serveClouds(serving: Serving): ServedClouds {
  const { home, io, everyMs = EVERY_MS } = serving;
  const closing = new AbortController();
  const stop = AbortSignal.any([closing.signal, io.stop]);
  const served = new Map<string, Served>();
  /** Clouds that are served, or never will be, and those that are away: until when. */
  const given = new Map<string, number>();
  const watch = async (): Promise<void> => {
    while (!stop.aborted) {
      const names = await home.project.clouds.names().catch(() => []);
      const now = home.clock.monotonic();
      for (const name of names.filter((one) => (given.get(one) ?? 0) <= now)) {
        if (stop.aborted) return;
        given.set(name, Number.POSITIVE_INFINITY);
        const one = await serve(name, serving, () => void served.delete(name));
        if (one === 'later') given.set(name, home.clock.monotonic() + AWAY_MS);
        else if (one !== 'never') served.set(name, one);
      }
      await home.clock.sleep(everyMs, stop);
    }
  };
  const watching = watch();
  return {
    close: async () => {
      closing.abort();
      await watching;
      await Promise.all([...served.values()].map((one) => end(one)));
    },
  };
}

/** `later`: the cloud or Redis is away; `never`: a person has to mend something and start again. */
async function serve(
  name: string,
  { config, log, metrics, io }: Serving,
  onEnd: () => void,
): Promise<Served | 'later' | 'never'> {
  const own = forCloud(config, name);
  let open: OpenLedger | undefined;
  try {
    const cloud = await loadCloudConfig({ env: io.env, cloud: name });
    const ledger = await openLedger(own, { wait: false }, io);
    open = ledger;
    const onFatal = (error: Error): void => {
      log.error({ cloud: name, err: error }, 'worker of this cloud has ended');
      onEnd();
      void worker.then((one) => end({ worker: one, open: ledger })).catch(() => undefined);
    };
    const worker = startWorkerOn({ config: own, cloud }, { open, log, metrics, onFatal });
    const running = await worker;
    log.info({ cloud: name }, 'serving this cloud, too');
    return { worker: running, open };
  } catch (error) {
    await open?.close();
    return notServed(name, error, log);
  }
}

/** What is unexpected must not end the workers of the other clouds. */
function notServed(cloud: string, error: unknown, log: Logger): 'later' | 'never' {
  const isOurs = error instanceof FerryError;
  const isAway = !isOurs || error instanceof CloudError || error instanceof RedisError;
  const fields = isOurs ? { reason: error.message, advice: error.advice } : { err: error };
  log.error({ cloud, ...fields }, isAway ? 'cloud not served yet' : 'cloud not served');
  return isAway ? 'later' : 'never';
}

async function end({ worker, open }: Served): Promise<void> {
  await worker.close();
  await open.close();
}
