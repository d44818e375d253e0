-- A second throttling within this time lowers the rate.
local REPEATED_MS = 60000
-- Requests throttled this soon after the rate was lowered had left before.
local SETTLES_MS = 10000
-- The rate doubles in this time, until it is close to what was too much.
local DOUBLES_MS = 120000
-- It stays there for this time; then more is tried, slowly.
local STAYS_MS = 600000
local CLOSE = 0.95
local LOWERED_TO = 0.8
-- Requests per second that are always allowed. The smallest limit seen of a gateway: 5 in 5 s.
local LEAST_RATE = 1
-- This long after the last throttling the rate is forgotten.
local FORGOTTEN_MS = 3600000
-- A late timer is compensated by at most this: gateways count by the second, and a burst after a pause on top of the rate is one
-- request too many.
local BURST_MS = 100

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is = redis.call('HMGET', KEYS[1], 'rate', 'at', 'next', 'last', 'bad', 'seen')
-- What people have overwritten with something else counts as 0: no create must fail for it.
local function count(text)
  local number = tonumber(text or 0)
  return number and number >= 0 and number < 9e15 and number or 0
end
local rate, at, next, last, bad = count(is[1]), count(is[2]), count(is[3]), count(is[4]), count(is[5])
-- Requests are spaced by Redis' wall clock, which has milliseconds. Where it was set back, all times move with it.
local back = count(is[6]) - now
if back > 0 then
  at, next, last = at - back, next - back, last - back
  redis.call('HSET', KEYS[1], 'at', at, 'next', next, 'last', last)
end
if is[6] and back ~= 0 then redis.call('HSET', KEYS[1], 'seen', now) end
local age = now - at
local ceiling = bad * CLOSE
if age > STAYS_MS then ceiling = ceiling * 2 ^ ((age - STAYS_MS) / STAYS_MS) end
if rate > 0 then rate = math.min(rate * 2 ^ (age / DOUBLES_MS), math.max(rate, ceiling)) end

-- script: take
-- Takes the next permit among all requests of the fleet. KEYS[1] is the rate limit. ARG: longestMs (the longest wait that is worth a
-- permit; negative: only look). Returns {milliseconds to wait, 1 when a permit was taken}; -1 where no rate is kept.
if rate == 0 then return {-1, 1} end
local wait = math.ceil(math.max(0, next - now))
if wait > ARG.longestMs then return {wait, 0} end
redis.call('HSET', KEYS[1], 'next', math.max(next, now - BURST_MS) + 1000 / rate)
return {wait, 1}

-- script: current
-- Returns {rate in thousandths (0 = none is kept), milliseconds since it was lowered, milliseconds until more is tried}.
return {math.floor(rate * 1000), rate > 0 and age or 0, rate > 0 and math.max(0, STAYS_MS - age) or 0}

-- script: lower
-- A request was throttled. A repeated throttling lowers the rate for the whole fleet. ARG: seenRate (requests per second that the fleet
-- has made, as far as the caller knows). Returns the rate in thousandths, 0 while none is kept.
redis.call('HSET', KEYS[1], 'last', now, 'seen', now)
redis.call('PEXPIRE', KEYS[1], FORGOTTEN_MS)
local isRepeated, isSettled = now - last <= REPEATED_MS, rate == 0 or age > SETTLES_MS
if not isRepeated or not isSettled then return math.floor(rate * 1000) end
local tooMuch = tonumber(ARG.seenRate)
if rate > 0 and rate < tooMuch then tooMuch = rate end
rate = math.max(LEAST_RATE, tooMuch * LOWERED_TO)
redis.call('HSET', KEYS[1], 'rate', string.format('%.4f', rate), 'bad', string.format('%.4f', tooMuch), 'at', now)
return math.floor(rate * 1000)
