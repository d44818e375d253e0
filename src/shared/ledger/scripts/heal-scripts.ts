import { HEAL } from './heal-prelude.ts';

/** A place that was taken by an import that is missing is given back after a day. */
const PLACE_MS = 24 * 3_600_000;
const REPAIRS_KEPT = 100;

/**
 * One slice of a batch: its images are counted again, and what follows from their states is put right.
 * Between two slices images may move: those that were counted already are counted under their new state
 * ('isRecounted'). The last slice writes the counts. KEYS[1] is the batch. ARGV: prefix, batch, images at
 * most, due. Answers \`{1 when it was the last, images that are missing, what was repaired and how often…}\`.
 */
export const RECOUNT_SCRIPT = `${HEAL}
local batch, most, due = ARGV[2], tonumber(ARGV[3]), ARGV[4]
local members, rc = P .. 'm:' .. batch, P .. 'rc:' .. batch
for _, name in ipairs({'b:', 'm:', 'u:', 'rc:'}) do
  local kind = redis.call('TYPE', P .. name .. batch).ok
  local wanted = (name == 'b:' or name == 'rc:') and 'hash' or 'zset'
  if kind ~= 'none' and kind ~= wanted then putAside(name .. batch) repair('type') end
end
local b = ensureBatch(batch, clock())
local at = redis.call('HGET', b, 'recounted') or '-inf'
if at == '-inf' or redis.call('EXISTS', rc) == 0 then beginAnew(batch) at = '-inf' end
local page = redis.call('ZRANGEBYSCORE', members, at == '-inf' and at or '(' .. at, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
local last = page[#page]
if #page == 2 * most then
  -- Places that are taken twice are counted together.
  local same, seen = redis.call('ZRANGEBYSCORE', members, last, last), {}
  for i = 1, #page, 2 do seen[page[i]] = true end
  for _, key in ipairs(same) do if not seen[key] then page[#page + 1] = key page[#page + 1] = last end end
end
local keys, sums, doubts = {}, {}, {}
local isIndexed = not redis.call('HGET', P .. 'meta', 'unindexed')
for i = 1, #page, 2 do keys[#keys + 1] = page[i] end
local function sum(field) sums[field] = (sums[field] or 0) + 1 end
local of = holdings(keys)
if #keys > 0 then doubts = redis.call('ZMSCORE', P .. 'u:' .. batch, unpack(keys)) end
for at, key in ipairs(keys) do
  local hash = P .. 'i:' .. key
  local wrong, is = examined(hash)
  if wrong then
    sum('missing')
    redis.call('ZADD', P .. 'lost', 'NX', (fleetTime()), key)
  else
    local since, isIn = fit(key, hash, is, of, due), false
    for _, name in ipairs(is.batches) do isIn = isIn or name == batch end
    if not isIn then
      is.batches[#is.batches + 1] = batch
      redis.call('HSET', hash, 'batches', cjson.encode(is.batches))
      repair('batches of an image')
    end
    if isIndexed and (is.state == 'creating' or is.state == 'succeeded') then
      owned(key, is.detail.imageId)
      if type(is.detail.otherImageIds) == 'table' then
        for _, id in ipairs(is.detail.otherImageIds) do owned(key, id) end
      end
    end
    if is.state == 'unknown' and not doubts[at] then redis.call('ZADD', P .. 'u:' .. batch, since, key) end
    if is.state ~= 'unknown' and doubts[at] then redis.call('ZREM', P .. 'u:' .. batch, key) end
    sum('n:' .. is.state)
    if is.held == '1' then sum('held') end
    if is.counted ~= '' then sum('f:' .. is.counted) end
  end
end
for field, times in pairs(sums) do add(rc, field, times) end
if #page >= 2 * most then
  redis.call('HSET', b, 'recounted', last)
  return answer({0, 0})
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
for state in pairs(STATES) do put('n:' .. state, new['n:' .. state] or '0') end
put('held', new.held or '0')
put('missing', new.missing or '0')
for field, value in pairs(new) do if string.sub(field, 1, 2) == 'f:' then put(field, value) end end
for field in pairs(is) do
  if string.sub(field, 1, 2) == 'f:' and not new[field] then redis.call('HDEL', b, field) repair('counts') end
end
local highest = redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')[2]
if highest and tonumber(highest) > count(is.seq) then redis.call('HSET', b, 'seq', string.format('%.0f', tonumber(highest))) end
local open = -count(new.held)
for state in pairs(STATES) do if not ended(state) then open = open + count(new['n:' .. state]) end end
if open <= 0 and highest and not is.finished_at then redis.call('HSET', b, 'finished_at', clock()) repair('finished_at') end
if open > 0 and is.finished_at then redis.call('HDEL', b, 'finished_at') repair('finished_at') end
beginAnew(batch)
redis.call('HDEL', b, 'doubted')
return answer({1, count(new.missing)})
`;

/**
 * Imports and batches that were found by their names: each image is in its batches, each batch in the list.
 * KEYS[1] is any key of ours. ARGV: prefix, due, then names without the prefix. Answers what was repaired.
 */
export const REJOIN_SCRIPT = `${HEAL}
local due = ARGV[2]
for at = 3, #ARGV do
  local kind, name = string.match(ARGV[at], '^(%l+):(.*)$')
  if kind == 'i' then
    local hash = P .. ARGV[at]
    local wrong, is = examined(hash)
    if wrong == 'type' then
      putAside(ARGV[at])
      redis.call('ZADD', P .. 'lost', 'NX', (fleetTime()), name)
      repair('type')
    elseif not wrong then
      for _, batch in ipairs(is.batches) do
        local members = P .. 'm:' .. batch
        -- What is in its batch is looked at with it.
        if not redis.call('ZSCORE', members, name) then
          local b = ensureBatch(batch, tonumber(is.registered) or clock())
          fit(name, hash, is, holdings({name}), due)
          local highest = redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')[2]
          local place = math.max(count(highest), count(redis.call('HGET', b, 'seq'))) + 1
          redis.call('ZADD', members, place, name)
          redis.call('HSET', b, 'seq', place)
          beginAnew(batch)
          redis.call('HSET', b, 'doubted', '1')
          repair('members')
        end
      end
    end
  elseif redis.call('EXISTS', P .. 'm:' .. name) == 1 or redis.call('HEXISTS', P .. 'b:' .. name, 'created_at') == 1 then
    ensureBatch(name, clock())
  end
end
return answer({})
`;

/**
 * Places and doubts of imports that have none of them. A place of a missing one is kept for a day: IMS may be
 * at work on it. ARGV: prefix, then keys. Answers what was repaired.
 */
export const PLACES_SCRIPT = `${HEAL}
local keys = {}
for at = 2, #ARGV do keys[#keys + 1] = ARGV[at] end
local of = holdings(keys)
for _, key in ipairs(keys) do
  local wrong, is = examined(P .. 'i:' .. key)
  if wrong then
    redis.call('ZADD', P .. 'lost', 'NX', (fleetTime()), key)
    if redis.call('ZREM', P .. 'unknown', key) == 1 then repair('unknown') end
    local since = tonumber(redis.call('ZSCORE', P .. 'lost', key))
    if fleetTime() - since >= ${PLACE_MS} and redis.call('SREM', P .. 'inflight', key) == 1 then
      redis.call('PUBLISH', P .. 'wake', 'place') repair('place')
    end
  else
    fit(key, P .. 'i:' .. key, is, of, (fleetTime()))
  end
end
return answer({})
`;

/** Notes what was repaired. KEYS[1] is the list. ARGV: the line. */
export const NOTE_SCRIPT = `
if redis.call('TYPE', KEYS[1]).ok ~= 'list' then redis.call('DEL', KEYS[1]) end
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ${REPAIRS_KEPT - 1})
`;
