/**
 * Adds one value to running means and variances. After fifty values each new one counts as a
 * fiftieth, so that old ones are forgotten. KEYS[1] is the hash. ARGV: value, then fields.
 */
export const LEARN_SCRIPT = `
local x, names = tonumber(ARGV[1]), {}
for at = 2, #ARGV do names[at - 1] = ARGV[at] end
local found, fields = redis.call('HMGET', KEYS[1], unpack(names)), {}
for at, name in ipairs(names) do
  local n, mean, variance = string.match(found[at] or '', '^(%S+) (%S+) (%S+)$')
  n, mean, variance = tonumber(n) or 0, tonumber(mean) or 0, tonumber(variance) or 0
  n = math.min(50, n + 1)
  local delta = x - mean
  mean = mean + delta / n
  variance = variance + (delta * (x - mean) - variance) / n
  fields[2 * at - 1], fields[2 * at] = name, string.format('%d %.6f %.6f', n, mean, variance)
end
redis.call('HSET', KEYS[1], unpack(fields))
`;
