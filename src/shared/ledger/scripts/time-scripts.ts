import { PRELUDE } from './prelude.ts';

/** Answers `{time, longest step, tick, Redis' wall clock}`. ARGV: prefix. */
export const TIME_SCRIPT = `${PRELUDE}
local now, step, tick = fleetTime()
return {string.format('%.0f', now), step, tick, string.format('%.0f', clock())}
`;

/**
 * Adds what passed, by the caller's monotonic clock, since the caller read the tick that is under way.
 * Of another tick it counts nothing: somebody has added that time already, or the ledger was put back.
 * One worker at a time does it (lease), so that the ticks are not torn; were it two, each moment would
 * still count once. ARGV: prefix, worker, tick that was read, milliseconds since then, name of the next
 * tick, longest step, life of the lease. Answers as `TIME_SCRIPT`, and 1 for who has the lease.
 */
export const TICK_SCRIPT = `${PRELUDE}
local now, step, tick = fleetTime()
local lease, life, isOurs = P .. 'lease:time', tonumber(ARGV[7]), 0
local owner = redis.call('GET', lease)
-- A wall clock that was set back would keep the lease of a worker that is gone.
if owner and owner ~= ARGV[2] and redis.call('PTTL', lease) > life then redis.call('PEXPIRE', lease, life) end
if not owner or owner == ARGV[2] then
  isOurs = 1
  redis.call('SET', lease, ARGV[2], 'PX', life)
  if tick == ARGV[3] or tick == '' then
    if tick ~= '' then now = now + math.max(0, math.min(tonumber(ARGV[4]), step)) end
    tick, step = ARGV[5], tonumber(ARGV[6])
    redis.call('HSET', P .. 'meta', 'time', string.format('%.0f', now), 'tick', tick, 'step', step)
  end
end
return {string.format('%.0f', now), step, tick, string.format('%.0f', clock()), isOurs}
`;

/** Milliseconds for which a kind of call pauses. ARGV: prefix, kind. */
export const COOLING_SCRIPT = `${PRELUDE}
return cooling(ARGV[2])
`;

/** Begins a pause, or makes it longer, never shorter. ARGV: prefix, kind, milliseconds. */
export const COOL_SCRIPT = `${PRELUDE}
local key, left = P .. 'cool:' .. ARGV[2], cooling(ARGV[2])
if left < tonumber(ARGV[3]) then redis.call('SET', key, ARGV[3], 'PX', ARGV[3]) end
return left
`;
