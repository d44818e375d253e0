import { FerryError } from '../../shared/errors/errors.ts';
import { othersText } from '../../shared/ledger/foreign.ts';
import type { ProjectStore } from '../../shared/ledger/project-store.ts';
import { checkRedis } from '../../shared/redis/check-redis.ts';
import { COMPACT_HASHES, hasCompactHashes } from '../../shared/redis/compact-hashes.ts';
import type { RedisConnection } from '../../shared/redis/redis-connection.ts';
import { refusedCommand } from '../../shared/redis/refused-command.ts';
import { tryWrite } from '../../shared/redis/try-write.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';

export interface RedisPatient {
  readonly redis: RedisConnection;
  /** Its address, without a password. */
  readonly where: string;
  /** Begin of the names of our keys. */
  readonly prefix: string;
  readonly project: ProjectStore;
  readonly now: () => number;
}

const LOOSE_HASHES = `an image takes about 1.7 KB; with ${COMPACT_HASHES.name} ${COMPACT_HASHES.bytes} it would be 1 KB`;

/** Redis answers: is it fit, does the ledger belong to this version, is somebody working? */
export async function* examineRedis(patient: RedisPatient): AsyncGenerator<Finding> {
  yield* checked('Redis', async function* () {
    const warnings = await checkRedis(patient.redis);
    yield ok('Redis', `${patient.where} answers`);
    for (const said of warnings) yield warning('Redis', said);
    if ((await hasCompactHashes(patient.redis)) === false) yield ok('Redis', LOOSE_HASHES);
  });
  const heeds = yield* checked('Redis', async function* () {
    await tryWrite(patient.redis, `${patient.prefix}doctor`);
    yield ok('Redis', 'does what a script tells it to write');
  });
  if (!heeds) {
    yield skipped('ledger', 'Redis does not do what it is told');
    return;
  }
  yield* checked('ledger', async function* () {
    await patient.project.checkSchema();
    const stop = await patient.project.stopped();
    if (!stop) yield ok('ledger', 'nothing is stopped');
    else yield warning('ledger', `stopped: ${stop.code}: ${stop.message}`, stop.advice);
    const alarm = await patient.project.others.alarm();
    if (alarm) yield failed('ledger', othersText(alarm));
  });
  yield* checked('workers', async function* () {
    const { workers } = await patient.project.fleet(patient.now());
    if (workers > 0) yield ok('workers', `${workers} at work`);
    else yield warning('workers', 'none is running', 'Start one with: ims-ferry work');
  });
}

/** False after a fault of the set-up, which is a finding; others are faults of the program. */
async function* checked(
  area: Finding['area'],
  look: () => AsyncGenerator<Finding>,
): AsyncGenerator<Finding, boolean> {
  try {
    yield* look();
    return true;
  } catch (thrown) {
    const error = refusedCommand(thrown) ?? thrown;
    if (!(error instanceof FerryError)) throw error;
    yield failed(area, error.message, error.advice);
    return false;
  }
}
