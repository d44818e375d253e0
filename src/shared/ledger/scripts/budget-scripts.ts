/** A rate that nobody objected to doubles in so many milliseconds. */
export const DOUBLES_MS = 600_000;
/** A second throttling within so many milliseconds lowers the rate. */
export const REPEATED_MS = 60_000;
/** So long after the last throttling no rate is kept any more. */
const FORGOTTEN_MS = 3_600_000;

/** Requests that may leave together after a pause, as milliseconds of the rate. */
const BURST_MS = 500;
const LOWERED_TO = 0.7;
/** Requests a second that are always allowed. */
const LEAST_RATE = 0.5;

const BUDGET = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is = redis.call('HMGET', KEYS[1], 'rate', 'at', 'next', 'last')
local rate, at, next, last = tonumber(is[1] or 0), tonumber(is[2] or 0), tonumber(is[3] or 0), tonumber(is[4] or 0)
if rate > 0 then rate = rate * 2 ^ ((now - at) / ${DOUBLES_MS}) end
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
redis.call('HSET', KEYS[1], 'last', now)
redis.call('PEXPIRE', KEYS[1], ${FORGOTTEN_MS})
if now - last > ${REPEATED_MS} then return math.floor(rate * 1000) end
local seen = tonumber(ARGV[1])
if rate == 0 or rate > seen then rate = seen end
rate = math.max(${LEAST_RATE}, rate * ${LOWERED_TO})
redis.call('HSET', KEYS[1], 'rate', string.format('%.4f', rate), 'at', now)
return math.floor(rate * 1000)
`;
