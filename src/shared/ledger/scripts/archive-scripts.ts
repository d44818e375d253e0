import { IMAGES_OF } from './images-of.ts';
import { PRELUDE } from './prelude.ts';

/**
 * Puts, replaces or takes away the mark of a batch that is being archived. Registering in the batch takes
 * it away, too, and an image that moves changes when the batch finished: then nothing is marked. KEYS[1] is
 * the batch. ARGV: the mark that has to be there ('' = none), the new one ('' = none), when it finished.
 */
export const MARK_SCRIPT = `
local is = redis.call('HMGET', KEYS[1], 'archiving', 'finished_at', 'n:pending', 'n:submitting', 'n:creating', 'n:unknown')
if (is[1] or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('HDEL', KEYS[1], 'archiving') end
if is[2] ~= ARGV[3] then return 0 end
for at = 3, 6 do
  if is[at] and tonumber(is[at]) ~= 0 then return 0 end
end
redis.call('HSET', KEYS[1], 'archiving', ARGV[2])
return 1
`;

/**
 * Takes a page of archived images out of their batch, and out of the ledger where no other batch holds
 * them. One that was changed since it was written down stays. KEYS[1] is the batch. ARGV: prefix, batch,
 * mark, when it finished, then key and revision of each. Answers how many stay, or -1: nothing may be
 * taken any more.
 */
export const TAKE_OUT_SCRIPT = `${PRELUDE}${IMAGES_OF}
local batch = ARGV[2]
local mark = redis.call('HMGET', KEYS[1], 'archiving', 'finished_at')
if mark[1] ~= ARGV[3] or mark[2] ~= ARGV[4] then return -1 end
local out, dead, counts, troubles, stay = {}, {}, {}, {}, 0
local function without(list)
  local others, has = {}, false
  for _, name in ipairs(cjson.decode(list or '[]')) do
    if name == batch then has = true else others[#others + 1] = name end
  end
  return #others == 0 and '[]' or cjson.encode(others), has
end
-- From here on the ledger does not know images that it has created.
redis.call('HSET', P .. 'meta', 'archived_at', clock())
for at = 5, #ARGV, 2 do
  local key, hash = ARGV[at], P .. 'i:' .. ARGV[at]
  local is = known(hash)
  local others, isIn = without(is.batches or '[]')
  if isIn and (is.revision ~= ARGV[at + 1] or not ended(is.state)) then
    stay = stay + 1
  else
    out[#out + 1] = key
  end
  if isIn and out[#out] == key then
    counts[is.state] = (counts[is.state] or 0) + 1
    if is.counted ~= '' then troubles[is.counted] = (troubles[is.counted] or 0) + 1 end
    if others == '[]' then
      dead[#dead + 1] = hash
      -- They stay known as its own for a while: what is compared by creation times must not find them free.
      for _, id in ipairs((imagesOf(hash))) do redis.call('ZADD', P .. 'released', fleetTime(), id) end
      mayHaveLeft(key, false)
    else
      redis.call('HSET', hash, 'batches', others)
      if is.declined then redis.call('HSET', hash, 'declined', (without(is.declined))) end
    end
  end
end
if #out > 0 then redis.call('ZREM', P .. 'm:' .. batch, unpack(out)) end
if #out > 0 then redis.call('ZREM', P .. 'lost', unpack(out)) end
if #dead > 0 then redis.call('UNLINK', unpack(dead)) end
beginAnew(batch)
for state, left in pairs(counts) do add(KEYS[1], 'n:' .. state, -left) end
for code, left in pairs(troubles) do
  add(KEYS[1], 'f:' .. code, -left)
  if count(redis.call('HGET', KEYS[1], 'f:' .. code)) == 0 then redis.call('HDEL', KEYS[1], 'f:' .. code) end
end
return stay
`;

/**
 * Forgets a batch that has no image left; one that has some goes on without the mark. KEYS[1] is the
 * batch. ARGV: prefix, batch, mark. Answers how many images it has, or -1 when the mark was gone.
 */
export const FORGET_SCRIPT = `
local P, batch = ARGV[1], ARGV[2]
if redis.call('HGET', KEYS[1], 'archiving') ~= ARGV[3] then return -1 end
local left = redis.call('ZCARD', P .. 'm:' .. batch)
if left > 0 then
  redis.call('HDEL', KEYS[1], 'archiving')
  return left
end
redis.call('UNLINK', KEYS[1], P .. 'm:' .. batch, P .. 'u:' .. batch, P .. 'd:' .. batch, P .. 'rc:' .. batch)
redis.call('ZREM', P .. 'batches', batch)
return 0
`;
