import { type Config, forCloud } from '../../shared/config/config.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import type { Io } from '../io.ts';
import { type Env, type OpenLedger, openLedger, withLedger } from './open-ledger.ts';

/** The manifests of one cloud, and the settings for it. */
export interface CloudGroup {
  readonly config: Config;
  readonly manifests: readonly Manifest[];
}

/**
 * Groups manifests by the cloud that they name, in their order; those that name none are for the
 * command's own cloud.
 * @throws UsageError when a manifest names another cloud than `--cloud`
 */
export async function byCloud(
  manifests: readonly Manifest[],
  env: Env,
): Promise<readonly CloudGroup[]> {
  const { config } = env;
  const own = await ownCloudOf(manifests, env);
  const groups = new Map<string | undefined, Manifest[]>();
  for (const manifest of manifests) {
    const named = manifest.cloud === own ? undefined : manifest.cloud;
    const cloud = named ?? config.cloud;
    if (config.cloud !== undefined && cloud !== config.cloud) {
      throw new UsageError(
        `${manifest.file} is for cloud ${cloud}, but --cloud is ${config.cloud}.`,
        'Remove one of them.',
      );
    }
    groups.set(cloud, [...(groups.get(cloud) ?? []), manifest]);
  }
  return [...groups].map(([cloud, of]) => ({ config: configFor(config, cloud), manifests: of }));
}

/** The name of the environment's cloud: from OS_CLOUD, else as a worker has stored it in Redis. */
async function ownCloudOf(manifests: readonly Manifest[], env: Env): Promise<string | undefined> {
  if (manifests.every(({ cloud }) => cloud === undefined)) return undefined;
  return env.io.env['OS_CLOUD']?.trim() || withLedger(env, (open) => open.project.clouds.own());
}

function configFor(config: Config, cloud: string | undefined): Config {
  return cloud === undefined || cloud === config.cloud ? config : forCloud(config, cloud);
}

/** A ledger for each group, opened for the work. */
export async function withLedgers<T>(
  [first, ...others]: readonly CloudGroup[],
  io: Io,
  work: (opened: readonly (CloudGroup & { readonly open: OpenLedger })[]) => Promise<T>,
): Promise<T> {
  if (!first) return work([]);
  return withLedger({ config: first.config, io }, (open) =>
    withLedgers(others, io, (opened) => work([{ ...first, open }, ...opened])),
  );
}

/** The ledgers of all clouds that the manifests of a folder name. */
export interface CloudLedgers {
  /** Opens it on first use, and announces the cloud to the workers. */
  of(cloud: string | undefined): Promise<OpenLedger>;
  close(): Promise<void>;
}

export function cloudLedgers(home: OpenLedger, { config, io }: Env): CloudLedgers {
  const opened = new Map<string, Promise<OpenLedger>>();
  const open = async (cloud: string): Promise<OpenLedger> => {
    const own = io.env['OS_CLOUD']?.trim() || (await home.project.clouds.own());
    if (cloud === own) return home;
    const ledger = await openLedger(configFor(config, cloud), { wait: true }, io);
    await home.project.clouds.add(cloud);
    return ledger;
  };
  return {
    of: async (cloud) => {
      if (cloud === undefined || cloud === config.cloud) return home;
      const opening = opened.get(cloud) ?? open(cloud);
      opened.set(cloud, opening);
      opening.catch(() => void opened.delete(cloud));
      return opening;
    },
    close: async () => {
      for (const one of await Promise.allSettled(opened.values())) {
        if (one.status === 'fulfilled' && one.value !== home) await one.value.close();
      }
    },
  };
}
