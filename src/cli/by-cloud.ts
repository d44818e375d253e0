import type { Config } from '../shared/config/config.ts';
import { forCloud } from '../shared/config/load-config.ts';
import { UsageError } from '../shared/errors/errors.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import { type Env, withLedger } from './with-ledger.ts';

/** Manifests of one cloud, and the settings for it. */
export interface CloudGroup {
  readonly config: Config;
  readonly manifests: readonly Manifest[];
}

/**
 * Manifests by the cloud that they name, in their order; without one they are for the cloud that the
 * command speaks of.
 * @param own the name of the cloud of the environment: it is no other one
 * @throws UsageError when the command speaks of another one (`--cloud`)
 */
export function byCloud(
  manifests: readonly Manifest[],
  config: Config,
  own: string | undefined,
): readonly CloudGroup[] {
  const groups = new Map<string | undefined, Manifest[]>();
  for (const manifest of manifests) {
    const named = manifest.cloud === own ? undefined : manifest.cloud;
    const cloud = named ?? config.cloud;
    if (config.cloud !== undefined && cloud !== config.cloud) {
      throw new UsageError(
        `${manifest.file} is for cloud ${cloud}, but --cloud says ${config.cloud}.`,
        'Leave one of them out.',
      );
    }
    groups.set(cloud, [...(groups.get(cloud) ?? []), manifest]);
  }
  return [...groups].map(([cloud, of]) => ({ config: configFor(config, cloud), manifests: of }));
}

export function configFor(config: Config, cloud: string | undefined): Config {
  return cloud === undefined || cloud === config.cloud ? config : forCloud(config, cloud);
}

/** Told by the environment, else by what a worker has said to Redis; asked for only where it matters. */
export async function ownCloudOf(
  manifests: readonly Manifest[],
  { config, io }: Env,
): Promise<string | undefined> {
  if (manifests.every(({ cloud }) => cloud === undefined)) return undefined;
  const said = io.env['OS_CLOUD']?.trim();
  return said ? said : withLedger({ config, io }, (open) => open.project.clouds.own());
}
