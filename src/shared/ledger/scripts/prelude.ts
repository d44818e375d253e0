/** Who looks on less often than so many changes reads everything anew. */
export const MOST_CHANGES = 10_000;
/** Bytes of the story of one import. */
const LONGEST_STORY = 4000;

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
-- Under what a failed or held import is counted in its batches; '' for any other.
local function trouble(hash, state, held)
  if state ~= 'failed' and held ~= '1' then return '' end
  local known, detail = pcall(cjson.decode, redis.call('HGET', hash, 'detail') or '')
  local reason = known and type(detail) == 'table' and detail.reason
  local code = type(reason) == 'table' and type(reason.code) == 'string' and reason.code or 'NO_CODE'
  return (held == '1' and 'held:' or 'failed:') .. string.sub(code, 1, 60)
end
local function tally(name, was, is)
  local b = P .. 'b:' .. name
  if was ~= '' and redis.call('HINCRBY', b, 'f:' .. was, -1) <= 0 then redis.call('HDEL', b, 'f:' .. was) end
  if is ~= '' then redis.call('HINCRBY', b, 'f:' .. is, 1) end
end
-- One more line of an import's story. Where it gets long, what came after the first line is forgotten.
local function note(hash, text)
  if text == '' then return end
  local story = (redis.call('HGET', hash, 'story') or '') .. string.format('%.0f ', clock()) .. text .. '\\n'
  while #story > ${LONGEST_STORY} do
    local first = string.find(story, '\\n', 1, true)
    local second = string.find(story, '\\n', first + 1, true)
    if not second or second == #story then break end
    story = string.sub(story, 1, first) .. string.sub(story, second + 1)
  end
  redis.call('HSET', hash, 'story', story)
end
-- Since when an import is unknown: in the project, and in each of its batches.
local function doubt(set, key, from, to, since)
  if to == 'unknown' then redis.call('ZADD', set, 'NX', since, key)
  elseif from == 'unknown' then redis.call('ZREM', set, key) end
end
-- Tells who looks on that this import is another than before; the last ${MOST_CHANGES} are kept.
local function tell(key)
  redis.call('ZADD', P .. 'changes', redis.call('INCR', P .. 'seq'), key)
  redis.call('ZREMRANGEBYRANK', P .. 'changes', 0, -${MOST_CHANGES + 1})
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
    local was, is = redis.call('HGET', hash, 'counted') or '', trouble(hash, to, toHeld)
    redis.call('HSET', hash, 'counted', is)
    doubt(P .. 'unknown', key, from, to, now)
    for _, name in ipairs(cjson.decode(redis.call('HGET', hash, 'batches'))) do
      tally(name, was, is)
      doubt(P .. 'u:' .. name, key, from, to, now)
      if recount(name, from, fromHeld, to, toHeld, now) then finished[#finished + 1] = name end
    end
    if inflight(to, toHeld) then redis.call('SADD', P .. 'inflight', key)
    elseif redis.call('SREM', P .. 'inflight', key) == 1 then
      redis.call('PUBLISH', P .. 'wake', 'place')
    end
  end
  tell(key)
  return finished
end
`;
