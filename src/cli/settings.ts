import type { CloudConfig } from '../shared/config/cloud/cloud-config.ts';
import { type Config, loadConfig } from '../shared/config/config.ts';
import type { Io } from './io.ts';

/** What a command that talks to the cloud needs. */
export interface CloudSettings {
  readonly config: Config;
  readonly cloud: CloudConfig;
}

/** @throws ConfigError with every problem at once */
export async function cloudSettings({ env }: Pick<Io, 'env'>): Promise<CloudSettings> {
  const config = loadConfig(env);
  // Not every command reads clouds.yaml.
  const { loadCloudConfig } = await import('../shared/config/cloud/load-cloud.ts');
  return { config, cloud: await loadCloudConfig({ env, cloud: config.cloud }) };
}
