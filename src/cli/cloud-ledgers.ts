import type { Config } from '../shared/config/config.ts';
import { configFor } from './by-cloud.ts';
import type { Io } from './io.ts';
import { type OpenLedger, openLedger } from './open-ledger.ts';

/** The ledgers of all clouds that manifests of one folder name. */
export interface CloudLedgers {
  /** Opened when it is asked for; workers are told that it is there. */
  of(cloud: string | undefined): Promise<OpenLedger>;
  close(): Promise<void>;
}

export function cloudLedgers(home: OpenLedger, config: Config, io: Io): CloudLedgers {
  const opened = new Map<string, Promise<OpenLedger>>();
  const open = async (cloud: string): Promise<OpenLedger> => {
    const own = io.env['OS_CLOUD']?.trim() || (await home.project.clouds.own());
    if (cloud === own) return home;
    const ledger = await openLedger(configFor(config, cloud), { wait: true }, io);
    await home.project.clouds.add(cloud);
    return ledger;
  };
  return {
    of: (cloud) => {
      if (cloud === undefined || cloud === config.cloud) return Promise.resolve(home);
      const known = opened.get(cloud);
      if (known) return known;
      const fresh = open(cloud);
      opened.set(cloud, fresh);
      fresh.catch(() => void opened.delete(cloud));
      return fresh;
    },
    close: async () => {
      const all = await Promise.allSettled(opened.values());
      for (const one of all) {
        if (one.status === 'fulfilled' && one.value !== home) await one.value.close();
      }
    },
  };
}
