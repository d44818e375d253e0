import { RedisError } from '../errors/errors.ts';

/** The server's words, also where they stand within those of a script. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /\bNOPERM\b|\bACL failure\b|user executing the script can't run/,
    'Its user may do too little; docs/redis.md has an access list that is enough.',
  ],
  [/\bREADONLY\b/, 'Point REDIS_URL to the primary.'],
  [/\bOOM\b/, 'Give Redis more memory (maxmemory).'],
  [/\bMISCONF\b/, 'Redis cannot write to its disk; its log says why.'],
  [/\bNOREPLICAS\b/, 'Bring back the replicas that min-replicas-to-write asks for.'],
  [/\b(LOADING|CLUSTERDOWN|MASTERDOWN|BUSY)\b/, 'Wait until Redis has recovered, and try again.'],
];

/** The error of a server that answers, but does not do what it was told; `undefined` for every other one. */
export function refusedCommand(error: unknown): RedisError | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const found = REFUSALS.find(([words]) => words.test(error.message));
  return found && new RedisError(`Redis refuses a command: ${error.message}`, found[1]);
}
