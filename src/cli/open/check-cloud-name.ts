import { findCloudsFiles } from '../../shared/config/cloud/clouds-files.ts';
import { cloudNames, unknownCloud } from '../../shared/config/cloud/clouds-yaml.ts';
import { UsageError } from '../../shared/errors/errors.ts';
import type { ProjectStore } from '../../shared/ledger/project-store.ts';
import type { Io } from '../io.ts';

/**
 * A misspelt cloud would have a ledger of its own, whose images nobody creates. One that a worker has
 * served is known; a new one must be in the clouds.yaml of this machine, where there is one.
 * @throws UsageError when nobody can know the cloud; for a command that only reads it prints a warning
 */
export async function checkCloudName(
  cloud: string,
  project: Pick<ProjectStore, 'boundTo' | 'clouds'>,
  { env, err, isReader = false }: Pick<Io, 'env' | 'err'> & { readonly isReader?: boolean },
): Promise<void> {
  if ((await project.boundTo()) !== undefined) return;
  const files = await findCloudsFiles(env);
  const isOwn = (await project.clouds.own()) === cloud;
  if (!isOwn && cloudNames(files).includes(cloud)) return;
  const notServed = `No worker has served cloud ${cloud} yet`;
  if (!isOwn && !files.clouds) {
    err(`Warning: ${notServed}, and there is no clouds.yaml here to check the name.`);
    return;
  }
  const [what, advice] = isOwn
    ? [`Cloud ${cloud} is the workers' own one.`, 'Leave its name out.']
    : [`${notServed}: ${unknownCloud(files, cloud)}.`, 'Check the name.'];
  // Its ledger has images already: what is left of them must stay within reach.
  const isNamed = (await project.clouds.names()).includes(cloud);
  if (!isReader && !isNamed) throw new UsageError(what, advice);
  err(`Warning: ${what} ${advice}`);
}
