import { PRELUDE } from './prelude.ts';

/**
 * Registers one import in one batch. ARGV: prefix, key, batch, request, priority, now, due. Answers
 * `{word, attempt, queued, stored request where it differs, stored priority}`. The time of registration is Redis' own,
 * taken here: a call that waited must not look older than a scan that has run meanwhile.
 */
export const REGISTER_SCRIPT = `${PRELUDE}
local key, batch, request, now, due = ARGV[2], ARGV[3], ARGV[4], ARGV[6], ARGV[7]
local b = P .. 'b:' .. batch
redis.call('ZADD', P .. 'batches', 'NX', now, batch)
local whole = redis.call('HMGET', b, 'created_at', 'archiving')
if not whole[1] then redis.call('HSET', b, 'created_at', now) end
-- Who wants the batch again ends its archiving: nothing more is taken out of it.
if whole[2] then redis.call('HDEL', b, 'archiving') end
local is = redis.call('HMGET', KEYS[1], 'state', 'held', 'batches', 'request', 'attempt', 'queued', 'declined', 'priority')
local function join()
  if redis.call('ZSCORE', P .. 'm:' .. batch, key) then return false end
  redis.call('ZADD', P .. 'm:' .. batch, redis.call('HINCRBY', b, 'seq', 1), key)
  return true
end
if not is[1] then
  join()
  -- What is absent reads as none: each field costs 60 bytes.
  redis.call('HSET', KEYS[1], 'state', 'pending', 'epoch', '0', 'attempt', '1', 'revision', '1', 'queued', '0', 'batches', cjson.encode({batch}),
    'request', request, 'registered_at', clock())
  if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'priority', ARGV[5]) end
  note(KEYS[1], 'registered in batch ' .. string.gsub(batch, '%c', ' '))
  redis.call('ZADD', P .. 'due', due, key)
  recount(batch, false, '0', 'pending', '0', now)
  return {'new', 1, 0, '', ARGV[5]}
end
if join() then
  local batches = cjson.decode(is[3])
  batches[#batches + 1] = batch
  redis.call('HSET', KEYS[1], 'batches', cjson.encode(batches))
  note(KEYS[1], 'registered in batch ' .. string.gsub(batch, '%c', ' '))
  recount(batch, false, '0', is[1], is[2], now)
  tally(batch, '', redis.call('HGET', KEYS[1], 'counted') or '')
  doubt(P .. 'u:' .. batch, key, '', is[1], redis.call('ZSCORE', P .. 'unknown', key) or now)
end
if is[7] and is[7] ~= '[]' then
  local still = {}
  for _, name in ipairs(cjson.decode(is[7])) do if name ~= batch then still[#still + 1] = name end end
  redis.call('HSET', KEYS[1], 'declined', #still == 0 and '[]' or cjson.encode(still))
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
end
local changed = is[4] ~= request
if changed and is[1] == 'pending' then
  redis.call('HSET', KEYS[1], 'request', request)
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
end
return {is[1], tonumber(is[5] or 1), tonumber(is[6] or 0), changed and is[4] or '', is[8] or ''}
`;

/**
 * A batch wants an import no more, or again. ARGV: prefix, batch, "1" for no more. Answers `{batches,
 * batches that declined}`.
 */
export const DECLINE_SCRIPT = `${PRELUDE}
local is = redis.call('HMGET', KEYS[1], 'batches', 'declined')
if not is[1] then return {0, 0} end
local before, declined = cjson.decode(is[2] or '[]'), {}
for _, name in ipairs(before) do if name ~= ARGV[2] then declined[#declined + 1] = name end end
if ARGV[3] == '1' then declined[#declined + 1] = ARGV[2] end
if #declined ~= #before then
  redis.call('HSET', KEYS[1], 'declined', #declined == 0 and '[]' or cjson.encode(declined))
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
end
return {#cjson.decode(is[1]), #declined}
`;
