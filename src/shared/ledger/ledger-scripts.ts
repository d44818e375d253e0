/**
 * The Lua scripts: each changes an import, its batches' counts, the in-flight set and the due time
 * in one step. KEYS[1] is always the import (it names the cluster slot), ARGV[1] the key prefix.
 */
const PRELUDE = `
local P = ARGV[1]
local function inflight(state, held)
  return state == 'submitting' or state == 'creating' or (state == 'unknown' and held ~= '1')
end
local function settled(b)
  local open = 0
  for _, n in ipairs(redis.call('HMGET', b, 'n:pending', 'n:submitting', 'n:creating', 'n:unknown')) do
    open = open + tonumber(n or 0)
  end
  return open - tonumber(redis.call('HGET', b, 'held') or 0) <= 0
end
local function recount(name, from, fromHeld, to, toHeld, now)
  local b = P .. 'b:' .. name
  if from then redis.call('HINCRBY', b, 'n:' .. from, -1) end
  redis.call('HINCRBY', b, 'n:' .. to, 1)
  if fromHeld == '1' then redis.call('HINCRBY', b, 'held', -1) end
  if toHeld == '1' then redis.call('HINCRBY', b, 'held', 1) end
  if not settled(b) then redis.call('HDEL', b, 'finished_at') return false end
  return redis.call('HSETNX', b, 'finished_at', now) == 1
end
-- Moves an import; answers the batches whose last image has got its outcome by this.
local function move(key, hash, from, fromHeld, to, toHeld, due, now)
  local finished = {}
  redis.call('HSET', hash, 'state', to, 'held', toHeld)
  redis.call('HINCRBY', hash, 'revision', 1)
  if due == '' then redis.call('ZREM', P .. 'due', key)
  else redis.call('ZADD', P .. 'due', due, key) end
  if from ~= to or fromHeld ~= toHeld then
    for _, name in ipairs(cjson.decode(redis.call('HGET', hash, 'batches'))) do
      if recount(name, from, fromHeld, to, toHeld, now) then finished[#finished + 1] = name end
    end
    if inflight(to, toHeld) then redis.call('SADD', P .. 'inflight', key)
    elseif redis.call('SREM', P .. 'inflight', key) == 1 then
      redis.call('PUBLISH', P .. 'wake', 'place')
    end
  end
  return finished
end
`;

/**
 * Compare-and-set. ARGV: prefix, key, expected state, epoch, revision, new state, held, due, now,
 * then fields and values. Answers `{1, finished batches…}` or `{0}` when the entry has moved on.
 */
export const CHANGE_SCRIPT = `${PRELUDE}
local is = redis.call('HMGET', KEYS[1], 'state', 'epoch', 'revision', 'held')
if is[1] ~= ARGV[3] or is[2] ~= ARGV[4] or is[3] ~= ARGV[5] then return {0} end
local fields = {}
for i = 10, #ARGV do fields[#fields + 1] = ARGV[i] end
redis.call('HSET', KEYS[1], unpack(fields))
local finished = move(ARGV[2], KEYS[1], is[1], is[4], ARGV[6], ARGV[7], ARGV[8], ARGV[9])
return {1, unpack(finished)}
`;

/**
 * Admission and intent in one step. ARGV: prefix, key, revision, now, max in flight, milliseconds
 * between POSTs (0 = unlimited), due, sender, then fields and values of the submitting entry.
 * Answers `{word, number}`: admitted | moved | stopped | scan | paused | cooldown ms | full | rate ms.
 */
export const ADMIT_SCRIPT = `${PRELUDE}
local is = redis.call('HMGET', KEYS[1], 'state', 'revision', 'held', 'registered_at', 'batches', 'sender')
if is[1] == 'submitting' and is[6] == ARGV[8] then return {'admitted', 0} end
if is[1] ~= 'pending' or is[2] ~= ARGV[3] then return {'moved', 0} end
if redis.call('EXISTS', P .. 'stop') == 1 then return {'stopped', 0} end
local wanted = false
for _, name in ipairs(cjson.decode(is[5])) do
  if redis.call('HGET', P .. 'b:' .. name, 'paused') ~= '1' then wanted = true end
end
if not wanted then return {'paused', 0} end
if tonumber(redis.call('HGET', P .. 'meta', 'scanned_at') or 0) < tonumber(is[4]) then return {'scan', 0} end
local cool = redis.call('PTTL', P .. 'cool:submit')
if cool > 0 then return {'cooldown', cool} end
if redis.call('SCARD', P .. 'inflight') >= tonumber(ARGV[5]) then return {'full', 0} end
local gap = tonumber(ARGV[6])
if gap > 0 then
  local nextAt = tonumber(redis.call('HGET', P .. 'meta', 'next_post_at') or 0)
  local wait = nextAt - tonumber(ARGV[4])
  if wait > 0 and wait <= gap then return {'rate', wait} end
  redis.call('HSET', P .. 'meta', 'next_post_at', tonumber(ARGV[4]) + gap)
end
local fields = {}
for i = 9, #ARGV do fields[#fields + 1] = ARGV[i] end
redis.call('HSET', KEYS[1], 'sender', ARGV[8], unpack(fields))
move(ARGV[2], KEYS[1], is[1], is[3], 'submitting', '0', ARGV[7], ARGV[4])
return {'admitted', 0}
`;

/**
 * Registers one import in one batch. ARGV: prefix, key, batch, request, priority, now, due, flags
 * ("retry" and/or "recreate", comma separated), call (names this call, should it come twice).
 * Answers `{word, attempt, queued, stored request}`. The time of registration is Redis' own, taken here:
 * a call that waited must not look older than a scan that has run meanwhile.
 */
export const REGISTER_SCRIPT = `${PRELUDE}
local key, batch, request, now, due, flags = ARGV[2], ARGV[3], ARGV[4], ARGV[6], ARGV[7], ARGV[8]
local b = P .. 'b:' .. batch
local time = redis.call('TIME')
local registered = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', P .. 'batches', 'NX', now, batch)
redis.call('HSETNX', b, 'created_at', now)
local is = redis.call('HMGET', KEYS[1], 'state', 'held', 'batches', 'request', 'attempt', 'queued',
  'again_by', 'strays', 'stray_images', 'detail')
if is[1] and is[7] == ARGV[9] then return {'again', tonumber(is[5]), tonumber(is[6]), ''} end
local function join()
  if redis.call('ZSCORE', P .. 'm:' .. batch, key) then return false end
  redis.call('ZADD', P .. 'm:' .. batch, redis.call('HINCRBY', b, 'seq', 1), key)
  return true
end
if not is[1] then
  join()
  redis.call('HSET', KEYS[1], 'state', 'pending', 'held', '0', 'epoch', '0', 'attempt', '1', 'revision', '1',
    'queued', '0', 'strays', '[]', 'stray_images', '[]', 'detail', '{}', 'polls', '0', 'batches', cjson.encode({batch}),
    'request', request, 'registered_at', registered)
  if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'priority', ARGV[5]) end
  redis.call('ZADD', P .. 'due', due, key)
  recount(batch, false, '0', 'pending', '0', now)
  return {'new', 1, 0, ''}
end
if join() then
  local batches = cjson.decode(is[3])
  batches[#batches + 1] = batch
  redis.call('HSET', KEYS[1], 'batches', cjson.encode(batches))
  recount(batch, false, '0', is[1], is[2], now)
end
local changed = is[4] ~= request
local old = changed and is[4] or ''
local function again(detail)
  local attempt, queued = tonumber(is[5]) + 1, tonumber(is[6]) + 1
  redis.call('HSET', KEYS[1], 'request', request, 'attempt', attempt, 'queued', queued, 'detail', detail,
    'registered_at', registered, 'again_by', ARGV[9])
  redis.call('HDEL', KEYS[1], 'finished_at')
  move(key, KEYS[1], is[1], is[2], 'pending', '0', due, now)
  return {'again', attempt, queued, old}
end
-- What an older intent may have left has to be settled before there is a new attempt.
local clean = (is[8] or '[]') == '[]' and (is[9] or '[]') == '[]'
if is[1] == 'failed' or is[1] == 'cancelled' then
  if clean and (changed or string.find(flags, 'retry', 1, true)) then return again('{}') end
elseif clean and is[1] == 'succeeded' and string.find(flags, 'recreate', 1, true) then
  return again(cjson.encode({replaces = cjson.decode(is[10]).imageId}))
elseif is[1] == 'pending' and changed then
  redis.call('HSET', KEYS[1], 'request', request)
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
end
return {is[1], tonumber(is[5]), tonumber(is[6]), old}
`;

/**
 * Takes overdue imports and puts them off, so that one worker at a time handles each. KEYS[1] is the
 * due set. ARGV: prefix, now, how many, put off until (pending ones), until (others). Answers keys.
 */
export const SWEEP_SCRIPT = `
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])
local answer = {}
for _, key in ipairs(taken) do
  local state = redis.call('HGET', ARGV[1] .. 'i:' .. key, 'state')
  if state then
    redis.call('ZADD', KEYS[1], state == 'pending' and ARGV[4] or ARGV[5], key)
    answer[#answer + 1] = key
  else
    redis.call('ZREM', KEYS[1], key)
  end
end
return answer
`;

/** Deletes or renews a key only for its owner. ARGV: owner, milliseconds (0 = delete). */
export const LEASE_SCRIPT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;
