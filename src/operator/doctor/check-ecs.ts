import { tryServers } from '../../shared/cloud/ecs/servers.ts';
import { NO_ENDPOINT } from '../../shared/cloud/iam/login-answer.ts';
import { CloudError } from '../../shared/errors/errors.ts';
import { shownError } from '../../shared/redis/refusals.ts';
import { type Finding, ok, skipped, warning } from './finding.ts';

/** Only `prune` needs the list of servers: nothing here is a failure. */
export async function examineServers(
  checks: Omit<Parameters<typeof tryServers>[0], 'now'> & { readonly clock: { now(): number } },
): Promise<Finding> {
  try {
    const endpoint = await tryServers({ ...checks, now: () => checks.clock.now() });
    return ok('ECS', `${endpoint} lists servers`);
  } catch (thrown) {
    const error = shownError(thrown);
    const { message, advice } = error;
    const isAbsent = error instanceof CloudError && error.serviceCode === NO_ENDPOINT;
    return isAbsent ? skipped('ECS', `${message} ${advice}`) : warning('ECS', message, advice);
  }
}
