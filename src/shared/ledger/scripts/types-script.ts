import { OWNER_HASHES, PRELUDE } from './prelude.ts';
import { SANE } from './sane.ts';

/**
 * Keys that have another type than ours are put aside. Where a part of the index of images is gone, creates wait until it is
 * built again. Does nothing to a ledger of a newer version. ARGV: prefix, schema,
 * "1" to ask each part of the index for its type (else only strings are found), then name and type of each. Answers the names.
 */
export const TYPES_SCRIPT = `${PRELUDE}${SANE}
local wrong = {}
local schema = redis.pcall('HGET', P .. 'meta', 'schema')
if type(schema) == 'string' and count(schema) > tonumber(ARGV[2]) then return wrong end
for at = 4, #ARGV, 2 do
  local kind = redis.call('TYPE', P .. ARGV[at]).ok
  if kind ~= 'none' and kind ~= ARGV[at + 1] then
    putAside(ARGV[at])
    wrong[#wrong + 1] = ARGV[at]
  end
end
local parts = {}
for n = 0, ${OWNER_HASHES - 1} do parts[#parts + 1] = P .. 'owners:' .. n end
local owners, strings = redis.call('EXISTS', unpack(parts)), redis.call('MGET', unpack(parts))
for n = 0, ${OWNER_HASHES - 1} do
  local kind = strings[n + 1] and 'string' or (ARGV[3] == '1' and redis.call('TYPE', parts[n + 1]).ok) or 'hash'
  if kind ~= 'hash' and kind ~= 'none' then
    owners = owners - 1
    putAside('owners:' .. n)
    wrong[#wrong + 1] = 'owners:' .. n
  end
end
local left, counted = redis.call('SCARD', P .. 'unowned'), redis.call('HMGET', P .. 'meta', 'owners', 'unowned')
for at, name in ipairs({'owners', 'unowned'}) do
  local is = name == 'owners' and owners or left
  if is ~= count(counted[at]) then
    redis.call('HSET', P .. 'meta', 'unindexed', '1', name, is)
    wrong[#wrong + 1] = name
  end
end
-- The number of the last change: it only grows.
local seq = redis.call('GET', P .. 'seq')
if seq and not string.match(seq, '^%d+$') then
  local last = redis.call('ZRANGE', P .. 'changes', -1, -1, 'WITHSCORES')
  redis.call('SET', P .. 'seq', string.format('%.0f', count(last[2])))
  wrong[#wrong + 1] = 'seq'
end
return wrong
`;
