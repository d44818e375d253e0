import type { CloudConfig } from '../shared/config/cloud/cloud-config.ts';
import { loadCloudConfig } from '../shared/config/cloud/load-cloud.ts';
import { type Config, forCloud } from '../shared/config/config.ts';
import { CloudError, FerryError, RedisError } from '../shared/errors/errors.ts';
import type { Logger } from '../shared/log/logger.ts';
import type { Metrics } from '../shared/metrics/metrics.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import { keepBeating, type RunningWorker } from '../worker/start-worker.ts';
import type { Io } from './io.ts';
import { type OpenLedger, onceAMinute, openLedger } from './open/open-ledger.ts';
import { startWorkerOn, type WorkerEnv } from './run-worker.ts';

export interface AllWorkers {
  readonly config: Config;
  /** Absent: only the clouds that manifests name are served. */
  readonly cloud?: CloudConfig;
  readonly heartbeatFile?: string;
}

interface WorkersEnv extends Omit<WorkerEnv, 'patience' | 'env'> {
  readonly metrics: Metrics;
  readonly io: Io;
  /** Called with the reason while the worker waits for IAM. */
  readonly onWaiting?: (line: string) => void;
}

/**
 * Starts the worker of the environment's own cloud, and those of the clouds that manifests name. The
 * others do not wait while the own cloud's IAM does not answer.
 */
export async function startAllWorkers(
  { config, cloud, heartbeatFile }: AllWorkers,
  env: WorkersEnv,
): Promise<{ close(): Promise<unknown> }> {
  const { open, log, io, metrics, onFatal } = env;
  let others: ReturnType<typeof serveClouds> | undefined;
  const serveOthers = async (): Promise<void> => {
    // With --cloud only that cloud is served.
    if (config.cloud !== undefined || others) return;
    if (cloud?.name !== undefined) await open.project.clouds.setOwn(cloud.name);
    others ??= serveClouds({ config, home: open, log, metrics, io });
  };
  const print = onceAMinute((line) => io.err(line));
  const onWaiting = (line: string): void => {
    print(line);
    env.onWaiting?.(line);
    void serveOthers().catch((error: unknown) =>
      log.warn({ err: error }, 'cannot serve other clouds yet'),
    );
  };
  const ended = new AbortController();
  let own: RunningWorker | undefined;
  let beating: Promise<void> | undefined;
  const close = async (): Promise<unknown> => {
    ended.abort();
    return Promise.all([own?.close(), others?.close(), beating]);
  };
  try {
    if (cloud) {
      const patience = { stop: io.stop, onWaiting };
      const settings = omitUndefined({ config, cloud, heartbeatFile });
      const on = { open, env: io.env, log, metrics, onFatal, patience };
      own = await startWorkerOn(settings, on);
    } else {
      beating = keepBeating(heartbeatFile, { clock: open.clock, stop: ended.signal, log });
    }
    await serveOthers();
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

interface Serving extends Pick<WorkersEnv, 'log' | 'metrics' | 'io'> {
  /** The settings for the cloud of the environment. */
  readonly config: Config;
  readonly home: OpenLedger;
}

interface Served {
  readonly worker: RunningWorker;
  readonly open: OpenLedger;
}

/** How often to check for clouds that manifests have named. */
const CHECK_MS = 2000;
/** How long to leave an unreachable cloud alone. */
const AWAY_MS = 30_000;

/**
 * Runs a worker for each cloud that a manifest has named and the clouds.yaml of this machine has. A
 * problem with one of them stops that one only.
 */
function serveClouds(serving: Serving): { close(): Promise<void> } {
  const { home, io } = serving;
  const closing = new AbortController();
  const stop = AbortSignal.any([closing.signal, io.stop]);
  const served = new Map<string, Served>();
  /** When to try a cloud next; infinity once it is served, or can never be. */
  const nextTry = new Map<string, number>();
  const serveNamed = async (): Promise<void> => {
    while (!stop.aborted) {
      const names = await home.project.clouds.names().catch(() => []);
      const now = home.clock.monotonic();
      for (const name of names.filter((one) => (nextTry.get(one) ?? 0) <= now)) {
        if (stop.aborted) return;
        nextTry.set(name, Number.POSITIVE_INFINITY);
        const one = await serve(name, serving, () => void served.delete(name));
        if (one === 'later') nextTry.set(name, home.clock.monotonic() + AWAY_MS);
        else if (one !== 'never') served.set(name, one);
      }
      await home.clock.sleep(CHECK_MS, stop);
    }
  };
  const running = serveNamed();
  return {
    close: async () => {
      closing.abort();
      await running;
      await Promise.all([...served.values()].map((one) => end(one)));
    },
  };
}

/** `later`: the cloud or Redis cannot be reached; `never`: a person must fix something and restart. */
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
      log.error({ cloud: name, err: error }, 'the worker of this cloud has ended');
      onEnd();
      void worker.then((one) => end({ worker: one, open: ledger })).catch(() => undefined);
    };
    const worker = startWorkerOn(
      { config: own, cloud },
      { open, env: io.env, log, metrics, onFatal },
    );
    const running = await worker;
    log.info({ cloud: name }, 'serving this cloud too');
    return { worker: running, open };
  } catch (error) {
    await open?.close();
    return notServed(name, error, log);
  }
}

/** An unexpected error must not end the workers of the other clouds. */
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
