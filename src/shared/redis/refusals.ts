import { FerryError, RedisError } from '../errors/errors.ts';
import type { RedisConnection } from './redis-connection.ts';

/** The server's error codes, also within the message of a failed script. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /\bNOPERM\b|\bACL failure\b|user executing the script can't run/,
    'Its user may do too little; docs/redis.md has an access list that is enough.',
  ],
  [/\bREADONLY\b/, 'Point REDIS_URL to the primary.'],
  [/\bOOM\b/, 'Give Redis more memory (maxmemory).'],
  [/\bMISCONF\b/, 'Redis cannot write to its disk; see its log.'],
  [/\bNOREPLICAS\b/, 'Bring back the replicas that min-replicas-to-write requires.'],
  [/\b(LOADING|CLUSTERDOWN|MASTERDOWN|BUSY)\b/, 'Wait until Redis has recovered, and try again.'],
];

/** The error of a server that answers but refuses the command; `undefined` for every other one. */
export function refusedCommand(error: unknown): RedisError | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const found = REFUSALS.find(([words]) => words.test(error.message));
  return found && new RedisError(`Redis refuses a command: ${error.message}`, found[1]);
}

/** An error with words for people; throws any other one, which is a bug. */
export function shownError(thrown: unknown): FerryError {
  const error = refusedCommand(thrown) ?? thrown;
  if (error instanceof FerryError) return error;
  throw error;
}

const WRITE = `
redis.call('SET', KEYS[1], '1', 'PX', 1000)
return redis.call('DEL', KEYS[1])`;

/**
 * Writes with a script, as the ledger does, and leaves nothing behind.
 * @throws the server's error where it allows no scripts, no writes, or not this key
 */
export async function tryWrite(redis: RedisConnection, key: string): Promise<void> {
  await redis.eval(WRITE, 1, key);
}
