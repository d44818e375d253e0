import { PRELUDE } from './prelude.ts';

/**
 * Registers imports in one batch, in their order. ARGV: prefix, batch, now, due, then key, request and priority of each. Answers
 * `new` for each, or `{state, attempt, queued, stored request where it differs, stored priority}`. What all of them share is
 * written once: half of the time of a submit was this. The time of registration is taken here: a call that waited must not
 * look older than a scan that has run meanwhile.
 */
export const REGISTER_SCRIPT = `${PRELUDE}
local batch, now, due = ARGV[2], ARGV[3], ARGV[4]
local b, members, line = P .. 'b:' .. batch, P .. 'm:' .. batch, 'registered in batch ' .. string.gsub(batch, '%c', ' ')
redis.call('ZADD', P .. 'batches', 'NX', now, batch)
local whole = redis.call('HMGET', b, 'created_at', 'archiving', 'seq')
if not whole[1] then redis.call('HSET', b, 'created_at', now) end
-- Who wants the batch again ends its archiving: nothing more is taken out of it.
if whole[2] then redis.call('HDEL', b, 'archiving') end
local before = tonumber(whole[3] or 0)
local seq, answers, new, dues = before, {}, 0, {}
local alone, story, registered = cjson.encode({batch}), told('', line), stamp()
local function join(key)
  if redis.call('ZADD', members, 'NX', seq + 1, key) == 0 then return false end
  seq = seq + 1
  return true
end
local function create(key, hash, request, priority)
  join(key)
  -- What is absent reads as none: each field costs 60 bytes.
  redis.call('HSET', hash, 'state', 'pending', 'epoch', '0', 'attempt', '1', 'revision', '1', 'queued', '0', 'batches', alone,
    'request', request, 'registered_at', registered, 'story', story)
  if priority ~= '' then redis.call('HSET', hash, 'priority', priority) end
  dues[#dues + 1] = due
  dues[#dues + 1] = key
  new = new + 1
  return 'new'
end
local function meet(key, hash, request, is)
  if join(key) then
    local batches = cjson.decode(is[3])
    batches[#batches + 1] = batch
    redis.call('HSET', hash, 'batches', cjson.encode(batches))
    note(hash, line)
    recount(batch, false, '0', is[1], is[2], now)
    tally(batch, '', redis.call('HGET', hash, 'counted') or '')
    doubt(P .. 'u:' .. batch, key, '', is[1], redis.call('ZSCORE', P .. 'unknown', key) or now)
  end
  if is[7] and is[7] ~= '[]' then
    local still = {}
    for _, name in ipairs(cjson.decode(is[7])) do if name ~= batch then still[#still + 1] = name end end
    redis.call('HSET', hash, 'declined', #still == 0 and '[]' or cjson.encode(still))
    redis.call('HINCRBY', hash, 'revision', 1)
  end
  local changed = is[4] ~= request
  if changed and is[1] == 'pending' then
    redis.call('HSET', hash, 'request', request)
    redis.call('HINCRBY', hash, 'revision', 1)
  end
  return {is[1], tonumber(is[5] or 1), tonumber(is[6] or 0), changed and is[4] or '', is[8] or ''}
end
local function register(key, request, priority)
  local hash = P .. 'i:' .. key
  local is = redis.call('HMGET', hash, 'state', 'held', 'batches', 'request', 'attempt', 'queued', 'declined', 'priority')
  return is[1] and meet(key, hash, request, is) or create(key, hash, request, priority)
end
local fault
for at = 5, #ARGV, 3 do
  -- Whatever is wrong with one, those that were written have to be counted.
  local isDone, answer = pcall(register, ARGV[at], ARGV[at + 1], ARGV[at + 2])
  if not isDone then fault = fault or answer end
  answers[#answers + 1] = answer
end
if seq > before then redis.call('HSET', b, 'seq', seq) end
if new > 0 then
  redis.call('ZADD', P .. 'due', unpack(dues))
  -- As 'recount' does for one.
  redis.call('HINCRBY', b, 'n:pending', new)
  redis.call('HDEL', b, 'finished_at')
end
if fault then return redis.error_reply(type(fault) == 'table' and fault.err or tostring(fault)) end
return answers
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
