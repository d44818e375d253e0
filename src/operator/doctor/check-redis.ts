import { othersText } from '../../shared/ledger/foreign.ts';
import type { ProjectStore } from '../../shared/ledger/project-store.ts';
import { checkRedis } from '../../shared/redis/check-redis.ts';
import type { RedisConnection } from '../../shared/redis/redis-connection.ts';
import { COMPACT_HASHES, hasCompactHashes } from '../../shared/redis/redis-facts.ts';
import { shownError, tryWrite } from '../../shared/redis/refusals.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';

export interface RedisChecks {
  readonly redis: RedisConnection;
  /** Its address, without a password. */
  readonly where: string;
  /** The prefix of our keys. */
  readonly prefix: string;
  readonly project: ProjectStore;
  readonly now: () => number;
}

const LOOSE_HASHES = `an image takes about 1.7 KB; with ${COMPACT_HASHES.name} ${COMPACT_HASHES.bytes} it would take 1 KB`;

/** Is a connected Redis fit, does this version understand the ledger, is a worker running? */
export async function* examineRedis(checks: RedisChecks): AsyncGenerator<Finding> {
  const { redis, where, prefix, project } = checks;
  yield* checked('Redis', async function* () {
    const warnings = await checkRedis(redis);
    yield ok('Redis', `${where} answers`);
    for (const text of warnings) yield warning('Redis', text);
    if ((await hasCompactHashes(redis)) === false) yield ok('Redis', LOOSE_HASHES);
  });
  const canWrite = yield* checked('Redis', async function* () {
    await tryWrite(redis, `${prefix}doctor`);
    yield ok('Redis', 'runs our scripts and accepts their writes');
  });
  if (!canWrite) {
    yield skipped('ledger', 'Redis does not accept writes');
    return;
  }
  yield* checked('ledger', async function* () {
    await project.checkSchema();
    const stop = await project.stopped();
    if (!stop) yield ok('ledger', 'nothing is stopped');
    else yield warning('ledger', `stopped: ${stop.code}: ${stop.message}`, stop.advice);
    const alarm = await project.others.alarm();
    if (alarm) yield failed('ledger', othersText(alarm));
  });
  yield* checked('workers', async function* () {
    const { workers } = await project.fleet(checks.now());
    if (workers > 0) yield ok('workers', `${workers} running`);
    else yield warning('workers', 'none is running', 'Start one with: ims-ferry work');
  });
}

/** Turns problems of the set-up into a finding and returns false; other errors are bugs and propagate. */
async function* checked(
  area: Finding['area'],
  check: () => AsyncGenerator<Finding>,
): AsyncGenerator<Finding, boolean> {
  try {
    yield* check();
    return true;
  } catch (thrown) {
    const { message, advice } = shownError(thrown);
    yield failed(area, message, advice);
    return false;
  }
}
