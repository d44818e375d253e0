import { FerryError } from '../../shared/errors/errors.ts';
import type { ProjectLedger } from '../../shared/ledger/project-ledger.ts';
import { checkRedis } from '../../shared/redis/check-redis.ts';
import { COMPACT_HASHES, hasCompactHashes } from '../../shared/redis/compact-hashes.ts';
import type { RedisConnection } from '../../shared/redis/redis-connection.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

export interface RedisPatient {
  readonly redis: RedisConnection;
  /** Its address, without a password. */
  readonly where: string;
  readonly project: ProjectLedger;
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
  yield* checked('ledger', async function* () {
    await patient.project.checkSchema();
    const stop = await patient.project.stopped();
    if (!stop) yield ok('ledger', 'nothing is stopped');
    else yield warning('ledger', `stopped: ${stop.code}: ${stop.message}`, stop.advice);
  });
  yield* checked('workers', async function* () {
    const { workers } = await patient.project.fleet(patient.now());
    if (workers > 0) yield ok('workers', `${workers} at work`);
    else yield warning('workers', 'none is running', 'Start one with: ims-ferry work');
  });
}

/** A fault of ours is a finding; others are faults of the program. */
async function* checked(
  area: Finding['area'],
  look: () => AsyncGenerator<Finding>,
): AsyncGenerator<Finding> {
  try {
    yield* look();
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    yield failed(area, error.message, error.advice);
  }
}
