/** Until a worker has said otherwise, one addition counts for so many milliseconds at most. */
const FIRST_STEP_MS = 5000;

/**
 * The fleet's time, for the prelude of the scripts. No wall clock has a part in it: it is what workers
 * measured by their monotonic clocks, added up in `meta`. It may run slow, and stands still while no
 * worker runs; it never runs fast. One addition counts for `step` milliseconds at most, so whatever
 * begins a protecting wait is stamped with `stampedTime`: what is added for the tick that is under way
 * began before the stamp, and must not count for it.
 */
export const FLEET_TIME = `
-- A ledger without it: the first one, one whose meta was removed by hand, or one of an older version, whose times were those of Redis' wall clock. No
-- time that it holds may lie ahead, or what began then would wait for longer than it has to.
local function latestKnown()
  local latest = math.max(clock(), count(redis.call('HGET', P .. 'meta', 'scanned_at')))
  local newest = redis.pcall('ZRANGE', P .. 'batches', -1, -1, 'WITHSCORES')
  latest = math.max(latest, count(newest[2]))
  for _, key in ipairs(redis.pcall('SMEMBERS', P .. 'inflight')) do
    latest = math.max(latest, count(redis.pcall('HGET', P .. 'i:' .. key, 'submitted_at')))
  end
  return latest
end
local function firstTime()
  local latest = latestKnown()
  -- Removed by hand: it may jump ahead now, and end waits too early. Creates wait for a whole window.
  if redis.call('HEXISTS', P .. 'meta', 'tick') == 1 then redis.call('HSET', P .. 'meta', 'doubted', '1') end
  redis.call('HSET', P .. 'meta', 'time', string.format('%.0f', latest), 'step', ${FIRST_STEP_MS}, 'tick', '')
  return latest, ${FIRST_STEP_MS}, ''
end
-- Answers the fleet's time, the longest step, and the name of the tick that is under way; it stays as it is while a script runs.
local fleet
local function fleetTime()
  local is = fleet or redis.call('HMGET', P .. 'meta', 'time', 'step', 'tick')
  local now, step = count(is[1]), count(is[2])
  if now == 0 then return firstTime() end
  fleet = is
  return now, step > 0 and step or ${FIRST_STEP_MS}, is[3] or ''
end
-- No later reading of the fleet's time is further from this than the time that really passes.
local function stampedTime()
  local now, step = fleetTime()
  return now + step
end
-- The wall clock of Redis, for people and for the order of things: it never goes back, and no two are alike.
local function stamp()
  local last = redis.call('HMGET', P .. 'meta', 'stamped', 'scanned_at')
  local now = math.max(clock(), count(last[1] or last[2]) + 1)
  redis.call('HSET', P .. 'meta', 'stamped', string.format('%.0f', now))
  return now
end
-- Milliseconds for which a kind of call pauses. Its life time goes by Redis' wall clock; the key holds how long that
-- was, for a clock that was set back must not make it longer.
local function cooling(kind)
  local key = P .. 'cool:' .. kind
  local left = redis.call('PTTL', key)
  if left <= 0 then return 0 end
  local whole = tonumber(redis.call('GET', key) or 0)
  if left > whole then
    redis.call('PEXPIRE', key, whole)
    left = whole
  end
  return left
end
`;
