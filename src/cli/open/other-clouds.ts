import type { CloudAccess, OtherClouds } from '../../shared/cloud/other-clouds.ts';
import { loadCloudConfig } from '../../shared/config/cloud/load-cloud.ts';
import { type Config, forCloud, withoutCloud } from '../../shared/config/config.ts';
import type { Env } from '../../shared/config/env-reader.ts';
import { ledgerKeys } from '../../shared/ledger/ledger-keys.ts';
import type { Logger } from '../../shared/log/logger.ts';
import type { Metrics } from '../../shared/metrics/metrics.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { openCloud } from './open-cloud.ts';
import type { OpenLedger } from './open-ledger.ts';

interface OtherCloudsDeps {
  readonly config: Config;
  readonly env: Env;
  readonly open: Pick<OpenLedger, 'clock' | 'redis' | 'traces'>;
  readonly log: Logger;
  readonly metrics?: Metrics;
}

type Opened = CloudAccess & { close(): Promise<void> };

/** Clouds of clouds.yaml. Each has the tokens of its own namespace, which its own worker uses as well. */
export function createOtherClouds({ config, env, open, ...seen }: OtherCloudsDeps): OtherClouds {
  const opened = new Map<string, Promise<Opened>>();
  const openOne = async (name: string): Promise<Opened> => {
    const cloud = await loadCloudConfig({ env, cloud: name });
    const isOwn = name === env['OS_CLOUD']?.trim();
    const own = isOwn ? withoutCloud(config) : forCloud(config, name);
    const ledger = { keys: ledgerKeys(own.namespace) };
    const { region, project } = cloud;
    const place = omitUndefined({ region, project: project?.name });
    return { ...openCloud({ config: own, cloud }, { ...open, ledger }, seen), ...place };
  };
  return {
    of: (name) => {
      const opening = opened.get(name) ?? openOne(name);
      opened.set(name, opening);
      // A clouds.yaml that is completed meanwhile counts from the next use on.
      opening.catch(() => void opened.delete(name));
      return opening;
    },
    close: async () => {
      for (const one of await Promise.allSettled(opened.values())) {
        if (one.status === 'fulfilled') await one.value.close();
      }
      opened.clear();
    },
  };
}
