/** A second throttling within so many milliseconds lowers the rate. */
const REPEATED_MS = 60_000;
/** What is throttled so soon after a lowering left before it. */
const SETTLES_MS = 10_000;
/** The rate doubles in so many milliseconds, until it is close to what was too much. */
const DOUBLES_MS = 120_000;
/** It stays there for so long; then more is tried, slowly. */
const STAYS_MS = 600_000;
const CLOSE = 0.95;
const LOWERED_TO = 0.8;
/** Requests a second that are always allowed. The smallest limit seen of a gateway: 5 in 5 s. */
const LEAST_RATE = 1;
/** So long after the last throttling no rate is kept any more. */
const FORGOTTEN_MS = 3_600_000;
/**
 * What a timer is late by is made up for, and no more: gateways count by the second, and a burst after
 * a pause on top of the rate is one request too many.
 */
const BURST_MS = 100;

const BUDGET = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is = redis.call('HMGET', KEYS[1], 'rate', 'at', 'next', 'last', 'bad', 'seen')
local rate, at, next, last, bad = tonumber(is[1] or 0), tonumber(is[2] or 0), tonumber(is[3] or 0), tonumber(is[4] or 0), tonumber(is[5] or 0)
-- Requests are set apart by Redis' wall clock, which tells milliseconds. Where it was set back, all times go with it.
local back = tonumber(is[6] or 0) - now
if back > 0 then
  at, next, last = at - back, next - back, last - back
  redis.call('HSET', KEYS[1], 'at', at, 'next', next, 'last', last)
end
if is[6] and back ~= 0 then redis.call('HSET', KEYS[1], 'seen', now) end
local age = now - at
local ceiling = bad * ${CLOSE}
if age > ${STAYS_MS} then ceiling = ceiling * 2 ^ ((age - ${STAYS_MS}) / ${STAYS_MS}) end
if rate > 0 then rate = math.min(rate * 2 ^ (age / ${DOUBLES_MS}), math.max(rate, ceiling)) end
`;

/**
 * Takes the next turn among all requests of the fleet. KEYS[1] is the budget. ARGV: the longest wait
 * in milliseconds that is worth a turn; negative: only look. Answers milliseconds to wait, or -1 where
 * no rate is kept, and 1 when the turn was taken.
 */
export const TURN_SCRIPT = `${BUDGET}
if rate == 0 then return {-1, 1} end
local wait = math.ceil(math.max(0, next - now))
if wait > tonumber(ARGV[1]) then return {wait, 0} end
redis.call('HSET', KEYS[1], 'next', math.max(next, now - ${BURST_MS}) + 1000 / rate)
return {wait, 1}
`;

/**
 * A request was throttled. A repeated one lowers the rate for the whole fleet. ARGV: requests a second
 * that the fleet has made, as far as the asker knows. Answers the rate in thousandths, 0 while none is
 * kept.
 */
export const LOWER_SCRIPT = `${BUDGET}
redis.call('HSET', KEYS[1], 'last', now, 'seen', now)
redis.call('PEXPIRE', KEYS[1], ${FORGOTTEN_MS})
local isRepeated, isSettled = now - last <= ${REPEATED_MS}, rate == 0 or age > ${SETTLES_MS}
if not isRepeated or not isSettled then return math.floor(rate * 1000) end
local tooMuch = tonumber(ARGV[1])
if rate > 0 and rate < tooMuch then tooMuch = rate end
rate = math.max(${LEAST_RATE}, tooMuch * ${LOWERED_TO})
redis.call('HSET', KEYS[1], 'rate', string.format('%.4f', rate), 'bad', string.format('%.4f', tooMuch), 'at', now)
return math.floor(rate * 1000)
`;
