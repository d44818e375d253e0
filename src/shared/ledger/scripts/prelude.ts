/**
 * What the Lua scripts of the ledger share. Each changes an import, its batches' counts, the in-flight
 * set and the due time in one step. KEYS[1] names the cluster slot, ARGV[1] is the key prefix.
 */
export const PRELUDE = `
local P = ARGV[1]
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
-- Names this run of the server: another one may have lost what this one was told. '' = not told.
local function server()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
end
local function ended(state)
  return state == 'succeeded' or state == 'failed' or state == 'cancelled'
end
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
  -- A new intent has not been accepted yet.
  if to == 'submitting' then redis.call('HDEL', hash, 'accepted_at') end
  if ended(from) and not ended(to) then
    -- A new attempt: it has to be younger than the scan that allows it.
    redis.call('HSET', hash, 'registered_at', clock())
    redis.call('HDEL', hash, 'finished_at', 'accepted_at')
  end
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
