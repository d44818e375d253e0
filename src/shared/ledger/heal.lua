-- include: examine.lua
-- Repairs whatever follows from the imports and does not fit them: counts, places, lists.

-- A place that was taken by an import that is missing is freed after a day.
local PLACE_MS = 24 * 3600000
local REPAIRS_KEPT = 100
local OWN_IMAGE = setOf(CONST.OWN_IMAGE_STATUSES)

local repaired = {}
local function repair(what) repaired[what] = (repaired[what] or 0) + 1 end
-- What was repaired, and how often, as {name, times} pairs.
local function repairs()
  local pairsOf = {}
  for what, times in pairs(repaired) do pairsOf[#pairsOf + 1] = {what, times} end
  return pairsOf
end
-- Whether a key is there and of another type than ours.
local function isOther(name, wanted)
  local kind = redis.call('TYPE', P .. name).ok
  return kind ~= 'none' and kind ~= wanted
end
-- Which of the keys hold a place, are due, are unknown.
local function holdings(keys)
  local of = { place = {}, due = {}, unknown = {}, sharing = {} }
  if #keys == 0 then return of end
  for at, holds in ipairs(redis.call('SMISMEMBER', P .. 'inflight', unpack(keys))) do of.place[keys[at]] = holds == 1 end
  for _, set in ipairs({'due', 'unknown', 'sharing'}) do
    for at, score in ipairs(redis.call('ZMSCORE', P .. set, unpack(keys))) do of[set][keys[at]] = score and true or false end
  end
  return of
end
-- What follows from the state of an import: its fields, its place, when it is due, since when it is unknown.
local function fit(key, hash, is, of, due)
  local held = is.state == 'unknown' and is.detail.held == true and '1' or '0'
  if held ~= is.held then redis.call('HSET', hash, 'held', held) is.held = held noteHeld(key, held) repair('held') end
  local counted = failureOf(hash, is.state, held)
  if counted ~= is.counted then
    redis.call('HSET', hash, 'counted', counted)
    -- An older version has written none.
    if is.counted ~= '' then repair('code') end
    is.counted = counted
  end
  -- Higher than every revision that somebody has read.
  if not tonumber(is.revision) then redis.call('HSET', hash, 'revision', clock()) repair('revision') end
  if not tonumber(is.registered) then redis.call('HSET', hash, 'registered_at', stamp()) repair('registered_at') end
  -- When the window began is no longer known: it starts again.
  if (is.state == 'submitting' or is.state == 'unknown') and count(is.sendBy) == 0 then
    redis.call('HSET', hash, 'send_by', ms(stampedTime() + LONGEST_INTENT_MS))
    repair('send_by')
  end
  local holds = inflight(is.state, held)
  if holds ~= of.place[key] then
    redis.call(holds and 'SADD' or 'SREM', P .. 'inflight', key)
    if not holds then redis.call('PUBLISH', P .. 'wake', 'place') end
    repair('place')
  end
  local isOpen = not ended(is.state) and held ~= '1'
  if isOpen ~= of.due[key] then
    if isOpen then redis.call('ZADD', P .. 'due', due, key) else redis.call('ZREM', P .. 'due', key) end
    repair('due')
  end
  local marks = marksOf(hash)
  if marks ~= is.marks then
    redis.call('HSET', hash, 'marks', marks)
    is.marks = marks
    repair('marks')
  end
  local isShared = is.state == 'succeeded' and is.sharing and is.sharing.state == 'open' or false
  if isShared ~= of.sharing[key] then
    if isShared then redis.call('ZADD', P .. 'sharing', fleetTime(), key) else redis.call('ZREM', P .. 'sharing', key) end
    repair('sharing')
  end
  local since, isUnknown = tonumber(is.detail.since) or fleetTime(), is.state == 'unknown'
  if isUnknown ~= of.unknown[key] then
    if isUnknown then redis.call('ZADD', P .. 'unknown', since, key) else redis.call('ZREM', P .. 'unknown', key) end
    repair('unknown')
  end
  return since
end
-- An image of an import has an owner. Where it has none, the index has lost some: creates wait until it is rebuilt.
local function owned(key, id)
  if type(id) ~= 'string' or redis.call('HEXISTS', ownerHash(id), id) == 1 then return end
  claim(id, key)
  redis.call('HSET', P .. 'meta', 'unindexed', '1')
  repair('owner')
end
-- The batch exists, and is in the list of batches.
local function ensureBatch(name, created)
  local b = P .. 'b:' .. name
  if redis.call('ZADD', P .. 'batches', 'NX', redis.call('HGET', b, 'created_at') or created, name) == 1 then repair('batches') end
  if redis.call('HSETNX', b, 'created_at', redis.call('ZSCORE', P .. 'batches', name)) == 1 then repair('batch') end
  return b
end

-- script: recount
-- One slice of a batch: its imports are counted again, and what follows from their states is repaired. Between two slices imports
-- may move: those that were already counted are counted under their new state ('isRecounted'). The last slice writes the counts.
-- KEYS[1] is the batch. ARG: batch, limit, due. Returns {1 when it was the last slice, missing imports, repairs}.
local batch, most, due = ARG.batch, ARG.limit, ARG.due
local members, rc = P .. 'm:' .. batch, P .. 'rc:' .. batch
for name, wanted in pairs({ b = 'hash', m = 'zset', u = 'zset', rc = 'hash' }) do
  if isOther(name .. ':' .. batch, wanted) then putAside(name .. ':' .. batch) repair('type') end
end
local b = ensureBatch(batch, clock())
local at = redis.call('HGET', b, 'recounted') or '-inf'
if at == '-inf' or redis.call('EXISTS', rc) == 0 then restartRecount(batch) at = '-inf' end
local page = redis.call('ZRANGEBYSCORE', members, at == '-inf' and at or '(' .. at, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
local last = page[#page]
if #page == 2 * most then
  -- Members with the same score are counted together.
  local same, seen = redis.call('ZRANGEBYSCORE', members, last, last), {}
  for i = 1, #page, 2 do seen[page[i]] = true end
  for _, key in ipairs(same) do if not seen[key] then page[#page + 1] = key page[#page + 1] = last end end
end
local keys, sums, tracked = {}, {}, {}
local isIndexed = not redis.call('HGET', P .. 'meta', 'unindexed')
for i = 1, #page, 2 do keys[#keys + 1] = page[i] end
local function sum(field) sums[field] = (sums[field] or 0) + 1 end
local of = holdings(keys)
if #keys > 0 then tracked = redis.call('ZMSCORE', P .. 'u:' .. batch, unpack(keys)) end
for i, key in ipairs(keys) do
  local hash = P .. 'i:' .. key
  local wrong, is = examined(hash)
  if wrong then
    sum('missing')
    redis.call('ZADD', P .. 'lost', 'NX', (fleetTime()), key)
  else
    local since = fit(key, hash, is, of, due)
    if not setOf(is.batches)[batch] then
      is.batches[#is.batches + 1] = batch
      redis.call('HSET', hash, 'batches', cjson.encode(is.batches))
      repair('batches of an image')
    end
    if isIndexed and OWN_IMAGE[is.state] then
      owned(key, is.detail.imageId)
      if type(is.detail.otherImageIds) == 'table' then
        for _, id in ipairs(is.detail.otherImageIds) do owned(key, id) end
      end
    end
    if is.state == 'unknown' and not tracked[i] then redis.call('ZADD', P .. 'u:' .. batch, since, key) end
    if is.state ~= 'unknown' and tracked[i] then redis.call('ZREM', P .. 'u:' .. batch, key) end
    sum('n:' .. is.state)
    if is.held == '1' then sum('held') end
    if is.counted ~= '' then sum('f:' .. is.counted) end
    for word in string.gmatch(is.marks, '[^,]+') do sum('x:' .. word) end
  end
end
for field, times in pairs(sums) do add(rc, field, times) end
if #page >= 2 * most then
  redis.call('HSET', b, 'recounted', last)
  return {0, 0, repairs()}
end
local is, new, was = {}, {}, redis.call('HGETALL', b)
local counts = redis.call('HGETALL', rc)
for i = 1, #counts, 2 do new[counts[i]] = counts[i + 1] end
for i = 1, #was, 2 do is[was[i]] = was[i + 1] end
local function put(field, value)
  -- What was never counted is absent and reads as none.
  if (is[field] or '0') == value then return end
  redis.call('HSET', b, field, value)
  if field ~= 'missing' then repair('counts') end
end
for _, state in ipairs(STATUSES) do put('n:' .. state, new['n:' .. state] or '0') end
put('held', new.held or '0')
put('missing', new.missing or '0')
local function isOfImages(field) return string.match(field, '^[fx]:') ~= nil end
for field, value in pairs(new) do if isOfImages(field) then put(field, value) end end
for field in pairs(is) do
  if isOfImages(field) and not new[field] then redis.call('HDEL', b, field) repair('counts') end
end
local highest = redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')[2]
if highest and tonumber(highest) > count(is.seq) then redis.call('HSET', b, 'seq', ms(tonumber(highest))) end
local open = -count(new.held)
for _, state in ipairs(OPEN) do open = open + count(new['n:' .. state]) end
if open <= 0 and highest and not is.finished_at then
  redis.call('HSET', b, 'finished_at', clock())
  repair('finished_at')
  -- Without it the hash was lost, and nobody knows when its images ended.
  if is.seq then announceFinish(batch) end
end
if open > 0 and is.finished_at then redis.call('HDEL', b, 'finished_at') repair('finished_at') end
restartRecount(batch)
redis.call('HDEL', b, 'doubted')
return {1, count(new.missing), repairs()}

-- script: rejoin
-- Imports and batches that were found by their keys: each import is in its batches, each batch in the list. ARG: due, names
-- (without the prefix). Returns repairs.
local due = ARG.due
for _, found in ipairs(ARG.names) do
  local kind, name = string.match(found, '^(%l+):(.*)$')
  if kind == 'i' then
    local hash = P .. found
    local wrong, is = examined(hash)
    if wrong == 'type' then
      putAside(found)
      redis.call('ZADD', P .. 'lost', 'NX', (fleetTime()), name)
      repair('type')
    elseif not wrong then
      for _, batch in ipairs(is.batches) do
        local members = P .. 'm:' .. batch
        -- An import that is in its batch is checked with the batch.
        if not redis.call('ZSCORE', members, name) then
          local b = ensureBatch(batch, tonumber(is.registered) or clock())
          fit(name, hash, is, holdings({name}), due)
          local highest = redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')[2]
          local place = math.max(count(highest), count(redis.call('HGET', b, 'seq'))) + 1
          redis.call('ZADD', members, place, name)
          redis.call('HSET', b, 'seq', place)
          restartRecount(batch)
          redis.call('HSET', b, 'doubted', '1')
          repair('members')
        end
      end
    end
  elseif redis.call('EXISTS', P .. 'm:' .. name) == 1 or redis.call('HEXISTS', P .. 'b:' .. name, 'created_at') == 1 then
    ensureBatch(name, clock())
  end
end
return repairs()

-- script: places
-- Imports that hold a place, or are in the list of unknown ones, and should not. A place of a missing one is kept for a day: IMS
-- may be at work on it. ARG: keys. Returns repairs.
local of = holdings(ARG.keys)
for _, key in ipairs(ARG.keys) do
  local wrong, is = examined(P .. 'i:' .. key)
  if wrong then
    redis.call('ZADD', P .. 'lost', 'NX', (fleetTime()), key)
    if redis.call('ZREM', P .. 'unknown', key) == 1 then repair('unknown') end
    local since = tonumber(redis.call('ZSCORE', P .. 'lost', key))
    if fleetTime() - since >= PLACE_MS and redis.call('SREM', P .. 'inflight', key) == 1 then
      redis.call('PUBLISH', P .. 'wake', 'place') repair('place')
    end
  else
    fit(key, P .. 'i:' .. key, is, of, (fleetTime()))
  end
end
return repairs()

-- script: types
-- Keys of another type than ours are moved aside. Where a part of the index of images is gone, creates wait until it is
-- rebuilt. Does nothing to a ledger of a newer version. ARG: schema, kinds [{name, type}], thorough (read the type of every part of
-- the index; else only strings are found). Returns the names.
local wrong = {}
local schema = redis.pcall('HGET', P .. 'meta', 'schema')
if type(schema) == 'string' and count(schema) > ARG.schema then return wrong end
for _, key in ipairs(ARG.kinds) do
  if isOther(key.name, key.type) then
    putAside(key.name)
    wrong[#wrong + 1] = key.name
  end
end
local parts = {}
for n = 0, CONST.OWNER_HASHES - 1 do parts[#parts + 1] = P .. 'owners:' .. n end
local owners, strings = redis.call('EXISTS', unpack(parts)), redis.call('MGET', unpack(parts))
for n = 0, CONST.OWNER_HASHES - 1 do
  if strings[n + 1] or (ARG.thorough and isOther('owners:' .. n, 'hash')) then
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
-- The number of the last change only grows.
local seq = redis.call('GET', P .. 'seq')
if seq and not string.match(seq, '^%d+$') then
  local last = redis.call('ZRANGE', P .. 'changes', -1, -1, 'WITHSCORES')
  redis.call('SET', P .. 'seq', ms(count(last[2])))
  wrong[#wrong + 1] = 'seq'
end
return wrong

-- script: note
-- Notes what was repaired. KEYS[1] is the list. ARG: line.
if redis.call('TYPE', KEYS[1]).ok ~= 'list' then redis.call('DEL', KEYS[1]) end
redis.call('LPUSH', KEYS[1], ARG.line)
redis.call('LTRIM', KEYS[1], 0, REPAIRS_KEPT - 1)
