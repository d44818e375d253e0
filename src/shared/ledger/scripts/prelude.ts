import { FLEET_TIME } from './fleet-time.ts';

/** Who looks on less often than so many changes reads everything anew. */
export const MOST_CHANGES = 10_000;
/** They are cut once in so many changes. */
const TRIM_EVERY = 50;
/** Small hashes that hold whose image is whose. */
export const OWNER_HASHES = 1024;
/** Bytes of the story of one import. */
const LONGEST_STORY = 4000;

/**
 * What the Lua scripts of the ledger share. Each changes an import, its batches' counts, the in-flight
 * set and the due time in one step. KEYS[1] names the cluster slot, ARGV[1] is the key prefix.
 */
export const PRELUDE = `
local P = ARGV[1]
local time
local function clock()
  time = time or redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
-- A number that people may have written over: what counts nothing is 0, and so is what makes no sense.
local function count(text)
  local number = tonumber(text or 0)
  if not number or number ~= number or number < 0 or number > 9e15 then return 0 end
  return math.floor(number)
end
${FLEET_TIME}-- Names this run of the server: another one may have lost what this one was told. '' = not told.
local runId
local function server()
  if not runId then
    local info = redis.pcall('INFO', 'server')
    runId = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
  end
  return runId
end
-- Adds to a counter; it is never less than nothing.
local function add(hash, field, by)
  redis.call('HSET', hash, field, math.max(0, count(redis.call('HGET', hash, field)) + by))
end
local function ended(state)
  return state == 'succeeded' or state == 'failed' or state == 'cancelled'
end
local function inflight(state, held)
  return state == 'submitting' or state == 'creating' or (state == 'unknown' and held ~= '1')
end
-- Where a batch is counted again up to 'at', and this import was counted already: its move has to be counted there, too.
local function isRecounted(name, key, at)
  local score = tonumber(at or '') and redis.call('ZSCORE', P .. 'm:' .. name, key)
  return score and tonumber(score) <= tonumber(at)
end
-- Whoever is counting a batch again begins anew: what was counted already is not as it was.
local function beginAnew(name)
  redis.call('DEL', P .. 'rc:' .. name)
  redis.call('HDEL', P .. 'b:' .. name, 'recounted')
end
-- Counts an import of a batch under its new state. Answers true when the last one has got its outcome by this, and how far
-- the batch is counted again.
local function recount(name, from, fromHeld, to, toHeld, now)
  local b = P .. 'b:' .. name
  local is = redis.call('HMGET', b, 'n:pending', 'n:submitting', 'n:creating', 'n:unknown', 'held', 'n:' .. to, 'n:' .. (from or to), 'finished_at', 'recounted')
  local open, held = 0, count(is[5])
  for at = 1, 4 do open = open + count(is[at]) end
  local function isOpen(state) return state and not ended(state) end
  if isOpen(from) then open = open - 1 end
  if isOpen(to) then open = open + 1 end
  local heldNow = math.max(0, held + (toHeld == '1' and 1 or 0) - (fromHeld == '1' and 1 or 0))
  local fields = {}
  local function set(name, value) fields[#fields + 1] = name fields[#fields + 1] = value end
  if from ~= to then
    set('n:' .. to, count(is[6]) + 1)
    if from then set('n:' .. from, math.max(0, count(is[7]) - 1)) end
  end
  if heldNow ~= held then set('held', heldNow) end
  local isSettled, finished = open - heldNow <= 0, false
  if isSettled and not is[8] then set('finished_at', now) finished = true end
  if not isSettled and is[8] then redis.call('HDEL', b, 'finished_at') end
  if #fields > 0 then redis.call('HSET', b, unpack(fields)) end
  return finished, is[9]
end
-- Under what a failed or held import is counted in its batches; '' for any other.
local function trouble(hash, state, held)
  if state ~= 'failed' and held ~= '1' then return '' end
  local known, detail = pcall(cjson.decode, redis.call('HGET', hash, 'detail') or '')
  local reason = known and type(detail) == 'table' and detail.reason
  local code = type(reason) == 'table' and type(reason.code) == 'string' and reason.code or 'NO_CODE'
  return (held == '1' and 'held:' or 'failed:') .. string.sub(code, 1, 60)
end
local function tallyIn(b, was, is)
  if was ~= '' then
    if count(redis.call('HGET', b, 'f:' .. was)) <= 1 then redis.call('HDEL', b, 'f:' .. was) else add(b, 'f:' .. was, -1) end
  end
  if is ~= '' then add(b, 'f:' .. is, 1) end
end
local function tally(name, was, is)
  tallyIn(P .. 'b:' .. name, was, is)
end
-- A story with one more line. The first one has its time, those after it the milliseconds since then. Where it gets
-- long, what came after the first line is forgotten.
local function told(story, text)
  local begun = tonumber(string.match(story or '', '^(%d+) '))
  local at = begun and clock() >= begun and string.format('+%.0f ', clock() - begun) or string.format('%.0f ', clock())
  story = (story or '') .. at .. text .. '\\n'
  while #story > ${LONGEST_STORY} do
    local first = string.find(story, '\\n', 1, true)
    local second = string.find(story, '\\n', first + 1, true)
    if not second or second == #story then break end
    story = string.sub(story, 1, first) .. string.sub(story, second + 1)
  end
  return story
end
local function note(hash, text)
  redis.call('HSET', hash, 'story', told(redis.call('HGET', hash, 'story') or '', text))
end
-- Since when an import is unknown: in the project, and in each of its batches.
local function doubt(set, key, from, to, since)
  if to == 'unknown' then redis.call('ZADD', set, 'NX', since, key)
  elseif from == 'unknown' then redis.call('ZREM', set, key) end
end
-- Tells who looks on that this import is another than before; the last ${MOST_CHANGES} or a few more are kept.
local function tell(key)
  local seq = redis.call('INCR', P .. 'seq')
  redis.call('ZADD', P .. 'changes', seq, key)
  if seq % ${TRIM_EVERY} == 0 then redis.call('ZREMRANGEBYRANK', P .. 'changes', 0, -${MOST_CHANGES + 1}) end
end
-- Where the import stands that has an image: spread over small hashes, which Redis packs into half the memory.
local function ownerHash(id) return P .. 'owners:' .. (tonumber(string.sub(redis.sha1hex(id), 1, 3), 16) % ${OWNER_HASHES}) end
-- The image is this import's where nobody has it. How many of the hashes there are is counted: one that is removed is missed.
local function claim(id, key)
  local hash = ownerHash(id)
  if redis.call('HSETNX', hash, id, key) == 0 then return false end
  if redis.call('HLEN', hash) == 1 then add(P .. 'meta', 'owners', 1) end
  return true
end
local function unclaim(id)
  local hash = ownerHash(id)
  if redis.call('HDEL', hash, id) == 1 and redis.call('EXISTS', hash) == 0 then add(P .. 'meta', 'owners', -1) end
end
-- Whether an import that rests without an image may have left one behind; they are counted as well.
local function mayHaveLeft(key, may)
  if redis.call(may and 'SADD' or 'SREM', P .. 'unowned', key) == 1 then add(P .. 'meta', 'unowned', may and 1 or -1) end
end
-- What a move has to know of an import.
local function known(hash)
  local is = redis.call('HMGET', hash, 'state', 'held', 'epoch', 'revision', 'batches', 'counted', 'story', 'accepted_at',
    'registered_at', 'sender', 'declined', 'send_by')
  return { state = is[1], held = is[2] == '1' and '1' or '0', epoch = is[3], revision = is[4], batches = is[5], counted = is[6] or '',
    story = is[7], accepted = is[8], registered = is[9], sender = is[10], declined = is[11], sendBy = is[12] }
end
-- Moves an import to {state, held, due, line of the story or ''} and writes the fields; answers the
-- batches whose last image has got its outcome by this.
local function move(key, hash, is, to, fields, now)
  local finished, dropped = {}, {}
  local function set(name, value) fields[#fields + 1] = name fields[#fields + 1] = value end
  set('state', to.state) set('revision', tonumber(is.revision or 0) + 1)
  if is.held ~= to.held then set('held', to.held) end
  if to.line ~= '' then set('story', told(is.story, to.line)) end
  -- A new intent has not been accepted yet.
  if to.state == 'submitting' and is.accepted then dropped = {'accepted_at'} end
  if is.sender and to.state ~= 'submitting' then dropped = {'sender'} end
  if ended(is.state) and not ended(to.state) then
    -- A new attempt: it has to be younger than the scan that allows it.
    set('registered_at', stamp())
    dropped = {'finished_at', 'accepted_at'}
  end
  -- The window of an intent counts from the fleet's time as it is here; the one who writes may have slept.
  if to.state == 'unknown' and is.state ~= 'unknown' and not is.sendBy then set('send_by', string.format('%.0f', stampedTime())) end
  if is.sendBy and to.state ~= 'submitting' and to.state ~= 'unknown' then dropped[#dropped + 1] = 'send_by' end
  redis.call('HSET', hash, unpack(fields))
  if #dropped > 0 then redis.call('HDEL', hash, unpack(dropped)) end
  if to.due == 'keep' then
    -- When it has to move next is not changed by this.
  elseif to.due == '' then redis.call('ZREM', P .. 'due', key)
  else redis.call('ZADD', P .. 'due', to.due, key) end
  if is.state ~= to.state or is.held ~= to.held then
    local counted = trouble(hash, to.state, to.held)
    if counted ~= is.counted then redis.call('HSET', hash, 'counted', counted) end
    doubt(P .. 'unknown', key, is.state, to.state, now)
    for _, name in ipairs(cjson.decode(is.batches)) do
      tally(name, is.counted, counted)
      local isFinished, recounted = recount(name, is.state, is.held, to.state, to.held, now)
      if isFinished then finished[#finished + 1] = name end
      if isRecounted(name, key, recounted) then
        local rc = P .. 'rc:' .. name
        tallyIn(rc, is.counted, counted)
        add(rc, 'n:' .. is.state, -1) add(rc, 'n:' .. to.state, 1)
        if is.held ~= to.held then add(rc, 'held', to.held == '1' and 1 or -1) end
      end
      doubt(P .. 'u:' .. name, key, is.state, to.state, now)
    end
    local was, holds = inflight(is.state, is.held), inflight(to.state, to.held)
    if holds and not was then redis.call('SADD', P .. 'inflight', key)
    elseif not holds and redis.call('SREM', P .. 'inflight', key) == 1 then
      redis.call('PUBLISH', P .. 'wake', 'place')
    end
  end
  tell(key)
  return finished
end
`;
