import { HOLDERS } from './holders.ts';
import { PRELUDE } from './prelude.ts';

const GUARD = `${PRELUDE}${HOLDERS}`;

/**
 * A worker tells the highest generation it has seen, and registers on this run of the server. Where the
 * ledger is behind, it has lost intents, and where it is doubted, it has lost imports: creates are frozen for a
 * window. ARGV: prefix, seen, window in milliseconds, worker, its mode, then those who are gone and whose
 * knowledge it brings. Answers `{generation, milliseconds for which creates are frozen (0 = not), 1 when this call
 * began that, schema, 1 when it was registered before, those who have not told}`.
 */
export const REPORT_SCRIPT = `${GUARD}
local meta = redis.call('HMGET', KEYS[1], 'generation', 'frozen_until', 'schema', 'doubted')
local schema = tonumber(meta[3] or 0)
local generation, frozen, seen = count(meta[1]), count(meta[2]), tonumber(ARGV[2])
local now, run = fleetTime(), noticeRun(tonumber(ARGV[3]), ARGV[5])
for at = 6, #ARGV do
  local _, its, mode = holder(redis.call('HGET', holders, ARGV[at]))
  if its ~= run and mode ~= 'u' then redis.call('HDEL', holders, ARGV[at]) end
end
forgetSilent(run)
local _, _, mode = holder(redis.call('HGET', holders, ARGV[4]))
local wasKnown = (DOUBT[mode] or 0) >= DOUBT[ARGV[5]] and 1 or 0
redis.call('HSET', holders, ARGV[4], string.format('%.0f %s %s', now, run, ARGV[5]))
local names = missing(run)
if generation >= seen and not meta[4] then return {generation, math.max(0, frozen - now), 0, schema, wasKnown, names} end
frozen = math.max(frozen, stampedTime() + tonumber(ARGV[3]))
generation = math.max(generation, seen)
redis.call('HSET', KEYS[1], 'generation', generation, 'frozen_until', string.format('%.0f', frozen))
redis.call('HDEL', KEYS[1], 'doubted')
return {generation, frozen - now, 1, schema, wasKnown, names}
`;

/** A worker that will send no more, and has told what it knew, need not be waited for. ARGV: prefix, worker. */
export const LEAVE_SCRIPT = `${GUARD}
return redis.call('HDEL', holders, ARGV[2])
`;

/**
 * Answers `{stamp, the fleet's time, this run of the server, the run that was scanned last, how many have not told what
 * they knew, milliseconds to wait for them at most}`. ARGV: prefix, window in milliseconds.
 */
export const SERVER_SCRIPT = `${GUARD}
local at, run, till = stamp(), noticeRun(tonumber(ARGV[2]), 'n')
local names = missing(run)
return {at, string.format('%.0f', (fleetTime())), run, redis.call('HGET', KEYS[1], 'server') or '', #names, waitsFor(run, till, names)}
`;

/**
 * A complete scan of the image list has ended. It counts only on the run of the server for which it was
 * begun, and when nobody is waited for any more. ARGV: prefix, stamp, fleet's time at its begin, run.
 */
export const SCANNED_SCRIPT = `${GUARD}
local run, till = server(), count(redis.call('HGET', KEYS[1], 'run_until'))
local names = missing(run)
if run ~= ARGV[4] or waitsFor(run, till, names) > 0 then return 0 end
for _, name in ipairs(names) do redis.call('HDEL', holders, name) end
redis.call('HSET', KEYS[1], 'scanned_at', ARGV[2], 'scanned_time', ARGV[3], 'server', run, 'run', run, 'run_until', 0)
return 1
`;

/** Why creates wait: `{milliseconds, how many have not told}`. ARGV: prefix. */
export const WAITING_SCRIPT = `${GUARD}
local meta, run = redis.call('HMGET', KEYS[1], 'frozen_until', 'run', 'run_until', 'doubted'), server()
local frozen, names = math.max(0, count(meta[1]) - fleetTime()), missing(run)
local waits = meta[2] == run and waitsFor(run, count(meta[3]), names) or 0
-- The next report begins the wait, and says how long it is.
if meta[4] then frozen = math.max(frozen, stampedTime() - fleetTime()) end
return {math.max(frozen, waits), waits > frozen and #names or 0}
`;

/** A person vouches for what Redis holds. Answers how many waits were ended. ARGV: prefix. */
export const TRUST_SCRIPT = `${GUARD}
local run = server()
local till, names = count(redis.call('HGET', KEYS[1], 'run_until')), missing(run)
local ended = waitsFor(run, till, names) > 0 and 1 or 0
for _, name in ipairs(names) do redis.call('HDEL', holders, name) end
redis.call('HSET', KEYS[1], 'run', run, 'run_until', 0)
redis.call('HDEL', KEYS[1], 'scanned_at')
return ended + redis.call('HDEL', KEYS[1], 'frozen_until', 'doubted')
`;
