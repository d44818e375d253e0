/**
 * Takes overdue imports and puts them off, so that one worker at a time handles each. KEYS[1] is the
 * due set. ARGV: prefix, now, how many, put off until. Answers keys.
 */
export const SWEEP_SCRIPT = `
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
local answer = {}
for _, key in ipairs(taken) do
  if redis.call('EXISTS', ARGV[1] .. 'i:' .. key) == 1 then
    redis.call('ZADD', KEYS[1], ARGV[4], key)
    answer[#answer + 1] = key
  else
    redis.call('ZREM', KEYS[1], key)
    redis.call('ZADD', ARGV[1] .. 'lost', 'NX', ARGV[2], key)
  end
end
return answer
`;
