import { PRELUDE } from './prelude.ts';

/**
 * A worker tells the highest generation it has seen. Where the ledger is behind, it has lost intents:
 * creates are frozen for a window. ARGV: prefix, seen, window in milliseconds. Answers `{generation,
 * frozen until (0 = not), 1 when this call found it out, schema}`.
 */
export const REPORT_SCRIPT = `${PRELUDE}
local meta = redis.call('HMGET', KEYS[1], 'generation', 'frozen_until', 'schema')
local schema = tonumber(meta[3] or 0)
local generation, frozen, seen = tonumber(meta[1] or 0), tonumber(meta[2] or 0), tonumber(ARGV[2])
local now = clock()
if generation >= seen then return {generation, frozen > now and frozen or 0, 0, schema} end
frozen = math.max(frozen, now + tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'generation', seen, 'frozen_until', frozen)
return {seen, frozen, 1, schema}
`;

/** Answers `{Redis' time, this run of the server, the run that was scanned last}`. */
export const SERVER_SCRIPT = `${PRELUDE}
return {clock(), server(), redis.call('HGET', KEYS[1], 'server') or ''}
`;
