import type { CloudConfig, Config } from '../shared/config/config.ts';
import type { Metrics } from '../shared/metrics/metrics.ts';
import { keepBeating } from '../worker/heartbeat.ts';
import type { RunningWorker } from '../worker/start-worker.ts';
import type { Io } from './io.ts';
import { onceAMinute } from './open-ledger.ts';
import { type ServedClouds, serveClouds } from './serve-clouds.ts';
import { type On, startWorkerOn } from './wire-worker.ts';

export interface AllWorkers {
  readonly config: Config;
  /** Absent: only the clouds that manifests name are served. */
  readonly cloud?: CloudConfig;
  readonly heartbeatFile?: string;
}

interface Surroundings extends Omit<On, 'patience'> {
  readonly metrics: Metrics;
  readonly io: Io;
  /** Told why nothing is done yet. */
  readonly onWaiting?: (line: string) => void;
}

/**
 * The worker of the environment's own cloud, and those of the clouds that manifests name. The others
 * do not wait for it while its IAM is in trouble.
 */
export async function startAll(
  { config, cloud, heartbeatFile: file }: AllWorkers,
  env: Surroundings,
): Promise<{ close(): Promise<unknown> }> {
  const { open, log, io, metrics, onFatal } = env;
  let others: ServedClouds | undefined;
  const serveOthers = async (): Promise<void> => {
    // Who names a cloud wants that one only.
    if (config.cloud !== undefined || others) return;
    if (cloud?.name !== undefined) await open.project.clouds.setOwn(cloud.name);
    others ??= serveClouds({ config, home: open, log, metrics, io });
  };
  const say = onceAMinute((line) => io.err(line));
  const onWaiting = (line: string): void => {
    say(line);
    env.onWaiting?.(line);
    void serveOthers().catch((error: unknown) =>
      log.warn({ err: error }, 'other clouds wait, too'),
    );
  };
  const ended = new AbortController();
  const close = async (): Promise<unknown> => {
    ended.abort();
    return Promise.all([own?.close(), others?.close(), beating]);
  };
  let own: RunningWorker | undefined;
  let beating: Promise<void> | undefined;
  try {
    if (cloud) {
      const heart = file === undefined ? {} : { heartbeatFile: file };
      const patience = { stop: io.stop, onWaiting };
      const on = { open, log, metrics, onFatal, patience };
      own = await startWorkerOn({ config, cloud, ...heart }, on);
    } else beating = keepBeating(file, { clock: open.clock, stop: ended.signal, log });
    await serveOthers();
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
