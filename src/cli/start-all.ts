import type { CloudConfig, Config } from '../shared/config/config.ts';
import type { Metrics } from '../shared/metrics/metrics.ts';
import { keepBeating } from '../worker/heartbeat.ts';
import type { Io } from './io.ts';
import { serveClouds } from './serve-clouds.ts';
import { type On, startWorkerOn } from './wire-worker.ts';

export interface AllWorkers {
  readonly config: Config;
  /** Absent: only the clouds that manifests name are served. */
  readonly cloud?: CloudConfig;
  readonly heartbeatFile?: string;
}

/** The worker of the environment's own cloud, and those of the clouds that manifests name. */
export async function startAll(
  { config, cloud, heartbeatFile: file }: AllWorkers,
  env: On & { readonly metrics: Metrics; readonly io: Io },
): Promise<{ close(): Promise<unknown> }> {
  const { open, log, io, metrics, onFatal } = env;
  const heart = file === undefined ? {} : { heartbeatFile: file };
  const own =
    cloud && (await startWorkerOn({ config, cloud, ...heart }, { open, log, metrics, onFatal }));
  if (own && cloud?.name !== undefined && config.cloud === undefined) {
    await open.clouds.setOwn(cloud.name);
  }
  // Who names a cloud wants that one only.
  const others =
    config.cloud === undefined ? serveClouds({ config, home: open, log, metrics, io }) : undefined;
  const ended = new AbortController();
  const beating = own
    ? undefined
    : keepBeating(file, { clock: open.clock, stop: ended.signal, log });
  return {
    close: () => {
      ended.abort();
      return Promise.all([own?.close(), others?.close(), beating]);
    },
  };
}
