-- Shared by the scripts that change imports: an import, the counts of its batches, the set of images in
-- flight and the due time change in one step. KEYS[1] selects the cluster slot, P is the key prefix.
local P = ARG.prefix
local function setOf(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end
local ENDED, IN_FLIGHT, OPEN = setOf(CONST.ENDED_STATUSES), setOf(CONST.IN_FLIGHT_STATUSES), CONST.OPEN_STATUSES
-- Bytes of the story of one import.
local LONGEST_STORY = 4000
-- The list of changes is trimmed once in this many changes.
local TRIM_EVERY = 50
-- Until a worker sets another step, one addition to the fleet's time counts for at most this long.
local FIRST_STEP_MS = 5000

-- Fields of a hash by their names; absent ones are nil.
local function fieldsOf(hash, ...)
  local names, is = {...}, {}
  local values = redis.call('HMGET', hash, ...)
  for at, name in ipairs(names) do is[name] = values[at] or nil end
  return is
end
-- Milliseconds as they are stored: never with an exponent.
local function ms(number) return string.format('%.0f', number) end
local time
local function clock()
  time = time or redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
-- A number that people may have overwritten: anything that makes no sense counts as 0.
local function count(text)
  local number = tonumber(text or 0)
  if not number or number ~= number or number < 0 or number > 9e15 then return 0 end
  return math.floor(number)
end

-- The fleet's time is what workers measured by their monotonic clocks, added up in `meta`; no wall clock has a
-- part in it. It may run slow, and stops while no worker runs; it never runs fast. One addition counts for
-- `step` milliseconds at most, so whatever begins a protecting wait is stamped with `stampedTime`: what is
-- added for the current tick began before the stamp, and must not count for it.

-- A ledger without it: a new one, one whose meta was removed by hand, or one of an older version, whose times were
-- those of Redis' wall clock. No time that it holds may lie ahead, or what began then would wait for longer than it has to.
local function latestKnown()
  local latest = math.max(clock(), count(redis.call('HGET', P .. 'meta', 'scanned_at')))
  local newest = redis.pcall('ZRANGE', P .. 'batches', -1, -1, 'WITHSCORES')
  latest = math.max(latest, count(newest[2]))
  for _, key in ipairs(redis.pcall('SMEMBERS', P .. 'inflight')) do
    latest = math.max(latest, count(redis.pcall('HGET', P .. 'i:' .. key, 'submitted_at')))
  end
  return latest
end
local function firstTime()
  local latest = latestKnown()
  -- Removed by hand: it may jump ahead now and end waits too early. Creates wait for a whole window.
  if redis.call('HEXISTS', P .. 'meta', 'tick') == 1 then redis.call('HSET', P .. 'meta', 'doubted', '1') end
  redis.call('HSET', P .. 'meta', 'time', ms(latest), 'step', FIRST_STEP_MS, 'tick', '')
  return latest, FIRST_STEP_MS, ''
end
-- Returns the fleet's time, the longest step, and the name of the current tick; constant while a script runs.
local fleet
local function fleetTime()
  local is = fleet or redis.call('HMGET', P .. 'meta', 'time', 'step', 'tick')
  local now, step = count(is[1]), count(is[2])
  if now == 0 then return firstTime() end
  fleet = is
  return now, step > 0 and step or FIRST_STEP_MS, is[3] or ''
end
-- No later reading of the fleet's time is further from this than the time that really passes.
local function stampedTime()
  local now, step = fleetTime()
  return now + step
end
-- The wall clock of Redis, for people and for the order of things: it never goes back, and no two stamps are alike.
local function stamp()
  local meta = fieldsOf(P .. 'meta', 'stamped', 'scanned_at')
  local now = math.max(clock(), count(meta.stamped or meta.scanned_at) + 1)
  redis.call('HSET', P .. 'meta', 'stamped', ms(now))
  return now
end
-- Milliseconds for which a kind of call pauses. The key expires by Redis' wall clock; its value is the whole
-- pause, because a clock that was set back must not make it longer.
local function cooling(kind)
  local key = P .. 'cool:' .. kind
  local left = redis.call('PTTL', key)
  if left <= 0 then return 0 end
  local whole = tonumber(redis.call('GET', key) or 0)
  if left > whole then
    redis.call('PEXPIRE', key, whole)
    left = whole
  end
  return left
end
-- Names this run of the server: another run may have lost what this one was given. '' = not allowed to know.
local runId
local function server()
  if not runId then
    local info = redis.pcall('INFO', 'server')
    runId = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
  end
  return runId
end

-- Adds to a counter; it is never negative.
local function add(hash, field, by)
  redis.call('HSET', hash, field, math.max(0, count(redis.call('HGET', hash, field)) + by))
end
local function ended(state) return ENDED[state] == true end
local function inflight(state, held) return IN_FLIGHT[state] == true and not (state == 'unknown' and held == '1') end

-- While a batch is being recounted up to 'at', an import that was already counted: its move has to be counted there, too.
local function isRecounted(name, key, at)
  local score = tonumber(at or '') and redis.call('ZSCORE', P .. 'm:' .. name, key)
  return score and tonumber(score) <= tonumber(at)
end
-- What was recounted so far no longer holds.
local function restartRecount(name)
  redis.call('DEL', P .. 'rc:' .. name)
  redis.call('HDEL', P .. 'b:' .. name, 'recounted')
end
-- Counts an import of a batch under its new state. Returns true when this gave the last import of the batch its
-- outcome, and how far the batch is recounted.
local function recount(name, from, fromHeld, to, toHeld, now)
  local b, names = P .. 'b:' .. name, {'held', 'n:' .. to, 'n:' .. (from or to), 'finished_at', 'recounted'}
  for _, state in ipairs(OPEN) do names[#names + 1] = 'n:' .. state end
  local is = fieldsOf(b, unpack(names))
  local open, held = 0, count(is.held)
  for _, state in ipairs(OPEN) do open = open + count(is['n:' .. state]) end
  local function isOpen(state) return state and not ended(state) end
  if isOpen(from) then open = open - 1 end
  if isOpen(to) then open = open + 1 end
  local heldNow = math.max(0, held + (toHeld == '1' and 1 or 0) - (fromHeld == '1' and 1 or 0))
  local fields = {}
  local function set(field, value) fields[#fields + 1] = field fields[#fields + 1] = value end
  if from ~= to then
    set('n:' .. to, count(is['n:' .. to]) + 1)
    if from then set('n:' .. from, math.max(0, count(is['n:' .. from]) - 1)) end
  end
  if heldNow ~= held then set('held', heldNow) end
  local isSettled, finished = open - heldNow <= 0, false
  if isSettled and not is.finished_at then set('finished_at', now) finished = true end
  if not isSettled and is.finished_at then redis.call('HDEL', b, 'finished_at') end
  if #fields > 0 then redis.call('HSET', b, unpack(fields)) end
  return finished, is.recounted
end
-- Under what a failed or held import is counted in its batches; '' for any other.
local function failureOf(hash, state, held)
  if state ~= 'failed' and held ~= '1' then return '' end
  local known, detail = pcall(cjson.decode, redis.call('HGET', hash, 'detail') or '')
  local reason = known and type(detail) == 'table' and detail.reason
  local code = type(reason) == 'table' and type(reason.code) == 'string' and reason.code or 'NO_CODE'
  return (held == '1' and 'held:' or 'failed:') .. string.sub(code, 1, 60)
end
-- In the hash of a batch, or that of its recount: one failure less of one kind, one more of another.
local function countFailure(b, was, is)
  if was ~= '' then
    if count(redis.call('HGET', b, 'f:' .. was)) <= 1 then redis.call('HDEL', b, 'f:' .. was) else add(b, 'f:' .. was, -1) end
  end
  if is ~= '' then add(b, 'f:' .. is, 1) end
end

-- What is counted of a succeeded import beside its state: how far it is shared, and whether its image differs from the request.
local function marksOf(hash)
  local is, marks = fieldsOf(hash, 'state', 'detail', 'sharing'), {}
  if is.state ~= 'succeeded' then return '' end
  local isRead, sharing = pcall(cjson.decode, is.sharing or '')
  if isRead and type(sharing) == 'table' then marks[1] = 'sharing:' .. tostring(sharing.state) end
  local known, detail = pcall(cjson.decode, is.detail or '')
  local differences = known and type(detail) == 'table' and detail.differences
  if type(differences) == 'table' and #differences > 0 then marks[#marks + 1] = 'differs' end
  return table.concat(marks, ',')
end
-- In the hash of a batch, or that of its recount: other marks of one import.
local function countMarks(b, was, is)
  for _, change in ipairs({{was, -1}, {is, 1}}) do
    for word in string.gmatch(change[1], '[^,]+') do
      if change[2] < 0 and count(redis.call('HGET', b, 'x:' .. word)) <= 1 then redis.call('HDEL', b, 'x:' .. word)
      else add(b, 'x:' .. word, change[2]) end
    end
  end
end
-- Counts the marks that an import has now in its batches.
local function mark(key, hash, batches, was)
  local is = marksOf(hash)
  if is == was then return end
  redis.call('HSET', hash, 'marks', is)
  for _, name in ipairs(cjson.decode(batches)) do
    countMarks(P .. 'b:' .. name, was, is)
    if isRecounted(name, key, redis.call('HGET', P .. 'b:' .. name, 'recounted')) then countMarks(P .. 'rc:' .. name, was, is) end
  end
end

-- A story with one more line. The first line has its time, later ones the milliseconds since then. Where it gets
-- too long, the lines after the first are dropped, the oldest first.
local function appendStory(story, text)
  local begun = tonumber(string.match(story or '', '^(%d+) '))
  local at = begun and clock() >= begun and string.format('+%.0f ', clock() - begun) or string.format('%.0f ', clock())
  story = (story or '') .. at .. text .. '\n'
  while #story > LONGEST_STORY do
    local first = string.find(story, '\n', 1, true)
    local second = string.find(story, '\n', first + 1, true)
    if not second or second == #story then break end
    story = string.sub(story, 1, first) .. string.sub(story, second + 1)
  end
  return story
end
-- A stored list without one name, as it is stored (of an empty list Lua would make an object), and whether it was there.
local function without(list, name)
  local others, has = {}, false
  for _, one in ipairs(cjson.decode(list or '[]')) do
    if one == name then has = true else others[#others + 1] = one end
  end
  return #others == 0 and '[]' or cjson.encode(others), has
end
-- Since when an import is unknown: in the project, and in each of its batches.
local function trackUnknown(set, key, from, to, since)
  if to == 'unknown' then redis.call('ZADD', set, 'NX', since, key)
  elseif from == 'unknown' then redis.call('ZREM', set, key) end
end
-- Puts an import into the list of latest changes, which dashboards follow.
local function publish(key)
  local seq = redis.call('INCR', P .. 'seq')
  redis.call('ZADD', P .. 'changes', seq, key)
  if seq % TRIM_EVERY == 0 then redis.call('ZREMRANGEBYRANK', P .. 'changes', 0, -(CONST.MOST_CHANGES + 1)) end
end

-- Which import has an image: spread over small hashes, which Redis packs into half the memory.
local function ownerHash(id) return P .. 'owners:' .. (tonumber(string.sub(redis.sha1hex(id), 1, 3), 16) % CONST.OWNER_HASHES) end
-- The image becomes this import's where nobody has it. The number of these hashes is counted: a removed one is noticed.
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
-- Whether an import at rest without an image may have left one behind; they are counted as well.
local function mayHaveLeft(key, may)
  if redis.call(may and 'SADD' or 'SREM', P .. 'unowned', key) == 1 then add(P .. 'meta', 'unowned', may and 1 or -1) end
end
-- All images that an import names, and its detail.
local function imagesOf(hash)
  local is = redis.call('HMGET', hash, 'detail', 'stray_images', 'seen_images')
  local images, has = {}, {}
  local function one(id)
    if type(id) == 'string' and not has[id] then images[#images + 1] = id has[id] = true end
  end
  local function all(ids)
    if type(ids) == 'table' then for _, id in ipairs(ids) do one(id) end end
  end
  local known, detail = pcall(cjson.decode, is[1] or '{}')
  if not known or type(detail) ~= 'table' then detail = {} end
  one(detail.imageId) all(detail.otherImageIds) all(detail.imageIds)
  for at = 2, 3 do
    local read, ids = pcall(cjson.decode, is[at] or '[]')
    if read then all(ids) end
  end
  return images, detail
end

-- What people may be notified of, in its order; only the latest are kept. It is for people: a damaged list must not keep an
-- import from moving. Of a batch that finished: its counts as they are at this moment. 'joined': its images were there before it.
local function announceFinish(name, joined)
  local facts, all = {}, redis.call('HGETALL', P .. 'b:' .. name)
  for at = 1, #all, 2 do
    -- Nobody is notified of the rules, and they may be long.
    if all[at] ~= 'retention' then facts[#facts + 1] = all[at] facts[#facts + 1] = all[at + 1] end
  end
  redis.pcall('XADD', P .. 'events', 'MAXLEN', CONST.MOST_EVENTS, '*', 'type', 'batch.finished', 'batch', name, 'facts', cjson.encode(facts),
    'joined', joined and '1' or '')
end
-- An import that becomes held waits to be announced, until it no longer is.
local function noteHeld(key, held) redis.pcall(held == '1' and 'SADD' or 'SREM', P .. 'held:new', key) end

-- One interval of the project's history: {succeeded, failed, most in flight, limit, answers 429}.
local function counters(value)
  local is = {}
  for number in string.gmatch(value or '', '%d+') do is[#is + 1] = tonumber(number) end
  for at = 1, 5 do is[at] = is[at] or 0 end
  return is
end
local function packed(...) return string.format('%d %d %d %d %d', ...) end
-- Adds to the current minute (by the wall clock) of the history. It is for people: a damaged one must not keep an import from moving.
local function tally(now, succeeded, failed, flying, limit, throttled)
  local field = string.format('%d', math.floor(tonumber(now) / 60000))
  local was = redis.pcall('HGET', P .. 'history', field)
  local is = counters(type(was) == 'string' and was)
  local value = packed(is[1] + succeeded, is[2] + failed, math.max(is[3], flying), limit > 0 and limit or is[4], is[5] + throttled)
  if value ~= was then redis.pcall('HSET', P .. 'history', field, value) end
end

-- What a move needs of an import.
local function readImport(hash)
  local is = fieldsOf(hash, 'state', 'held', 'epoch', 'revision', 'batches', 'counted', 'story', 'accepted_at',
    'registered_at', 'sender', 'declined', 'send_by', 'marks')
  is.marks = is.marks or ''
  is.held = is.held == '1' and '1' or '0'
  is.counted = is.counted or ''
  return is
end
-- Moves an import to {state, held, due, line of the story or ''} and writes the fields. Returns the batches whose
-- last import got its outcome by this.
local function move(key, hash, is, to, fields, now)
  local finished, dropped = {}, {}
  local function set(name, value) fields[#fields + 1] = name fields[#fields + 1] = value end
  set('state', to.state) set('revision', tonumber(is.revision or 0) + 1)
  if is.held ~= to.held then set('held', to.held) end
  if to.line ~= '' then set('story', appendStory(is.story, to.line)) end
  -- A new intent has not been accepted yet.
  if to.state == 'submitting' and is.accepted_at then dropped = {'accepted_at'} end
  if is.sender and to.state ~= 'submitting' then dropped = {'sender'} end
  if ended(is.state) and not ended(to.state) then
    -- A new attempt: it has to be younger than the scan that allows it.
    set('registered_at', stamp())
    dropped = {'finished_at', 'accepted_at', 'pruned_at'}
    redis.call('HDEL', P .. 'pruned', key)
    -- A person who starts a copy without an image again may want it in another project.
    if is.state ~= 'succeeded' then dropped[#dropped + 1] = 'copied_to' end
  end
  -- The window of an intent counts from the fleet's time as it is here; the process that writes may have slept.
  if to.state == 'unknown' and is.state ~= 'unknown' and not is.send_by then set('send_by', ms(stampedTime())) end
  if is.send_by and to.state ~= 'submitting' and to.state ~= 'unknown' then dropped[#dropped + 1] = 'send_by' end
  -- In the same step in which its image is there, an import is noted as one that is to be shared.
  if to.shares then redis.call('ZADD', P .. 'sharing', fleetTime(), key) end
  if is.state == 'succeeded' and to.state ~= 'succeeded' then
    redis.call('ZREM', P .. 'sharing', key)
    dropped[#dropped + 1] = 'sharing'
  end
  redis.call('HSET', hash, unpack(fields))
  if #dropped > 0 then redis.call('HDEL', hash, unpack(dropped)) end
  if to.due == 'keep' then
    -- This does not change when it has to move next.
  elseif to.due == '' then redis.call('ZREM', P .. 'due', key)
  else redis.call('ZADD', P .. 'due', to.due, key) end
  if is.held ~= to.held then noteHeld(key, to.held) end
  if is.state ~= to.state or is.held ~= to.held then
    local counted = failureOf(hash, to.state, to.held)
    if counted ~= is.counted then redis.call('HSET', hash, 'counted', counted) end
    trackUnknown(P .. 'unknown', key, is.state, to.state, now)
    if to.state == 'succeeded' or to.state == 'failed' then
      tally(now, to.state == 'succeeded' and 1 or 0, to.state == 'failed' and 1 or 0, 0, 0, 0)
    end
    for _, name in ipairs(cjson.decode(is.batches)) do
      countFailure(P .. 'b:' .. name, is.counted, counted)
      local isFinished, recounted = recount(name, is.state, is.held, to.state, to.held, now)
      if isFinished then
        finished[#finished + 1] = name
        announceFinish(name)
      end
      if isRecounted(name, key, recounted) then
        local rc = P .. 'rc:' .. name
        countFailure(rc, is.counted, counted)
        add(rc, 'n:' .. is.state, -1) add(rc, 'n:' .. to.state, 1)
        if is.held ~= to.held then add(rc, 'held', to.held == '1' and 1 or -1) end
      end
      trackUnknown(P .. 'u:' .. name, key, is.state, to.state, now)
    end
    local was, holds = inflight(is.state, is.held), inflight(to.state, to.held)
    if holds and not was then redis.call('SADD', P .. 'inflight', key)
    elseif not holds and redis.call('SREM', P .. 'inflight', key) == 1 then
      redis.call('PUBLISH', P .. 'wake', 'place')
    end
  end
  if is.state == 'succeeded' or to.state == 'succeeded' then mark(key, hash, is.batches, is.marks) end
  publish(key)
  return finished
end
