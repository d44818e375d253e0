-- include: prelude.lua
-- Longer than creation times are compared by: until then no other import may take an archived image.
local KEPT_MS = 24 * 3600000
-- A worker that was alive within the last hour may still be.
local RECENT_MS = 3600000
-- The longest that an older version allowed between intent and POST.
local OLD_BUDGET_MS = 10000

-- script: raise
-- Takes over a ledger of an older schema. Workers of that version are refused at admission from now on; until those that are
-- alive have noticed, creates are frozen. KEYS[1] is `meta`. ARG: schema, oldWorkerEndsMs. Returns the schema that was
-- there (0 = none).
local is = fieldsOf(KEYS[1], 'schema', 'frozen_until')
local schema = tonumber(is.schema or 0)
if schema >= ARG.schema then return schema end
redis.call('HSET', KEYS[1], 'schema', ARG.schema)
if schema == 0 then return 0 end
-- Schema 2 has an index, and its workers have added to the fleet's time: neither is begun again.
if schema < 2 then
  redis.call('HSET', KEYS[1], 'unindexed', '1')
  -- A command of this version may have started the fleet's time long ago, with no worker to advance it since: what older workers
  -- wrote meanwhile would lie ahead of it. It is moved forward, never back.
  local latest = math.max(fleetTime(), latestKnown())
  local stamped = math.max(latest, tonumber(redis.call('HGET', KEYS[1], 'stamped') or 0))
  redis.call('HSET', KEYS[1], 'time', ms(latest), 'stamped', ms(stamped))
end
-- Older workers count as alive until a time of Redis' wall clock. That clock may have jumped: it only lengthens the wait.
local last = redis.call('ZRANGE', P .. 'workers', -1, -1, 'WITHSCORES')
local left = tonumber(last[2] or 0) - clock()
if last[2] and left > -RECENT_MS then
  local ends = stampedTime() + math.max(0, math.ceil(left)) + ARG.oldWorkerEndsMs
  redis.call('HSET', KEYS[1], 'frozen_until', ms(math.max(tonumber(is.frozen_until or 0), ends)))
end
redis.call('PUBLISH', P .. 'wake', 'raised')
return schema

-- script: index
-- Enters the images of a page of imports into the index. ARG: keys. Returns image, owner and key of each image that another
-- import already has.
local clashes = {}
for _, key in ipairs(ARG.keys) do
  local hash = P .. 'i:' .. key
  local is = redis.pcall('HMGET', hash, 'state', 'epoch')
  -- One of another type counts as missing: the healer moves it aside.
  if is[1] then
    local images, detail = imagesOf(hash)
    for _, id in ipairs(images) do
      if not claim(id, key) then
        local owner = redis.call('HGET', ownerHash(id), id)
        if owner ~= key then clashes[#clashes + 1] = {id, owner, key} end
      end
    end
    -- A window that an older version began starts again, by the fleet's time.
    if is[1] == 'submitting' or is[1] == 'unknown' then
      redis.call('HSETNX', hash, 'send_by', ms(stampedTime() + OLD_BUDGET_MS))
    end
    local wasSent = tonumber(is[2] or 0) > 0
    local left = is[1] == 'cancelled' or (is[1] == 'pending' and detail.lookedAt) or is[1] == 'failed'
    if #images == 0 and wasSent and left then mayHaveLeft(key, true) end
  end
end
return clashes

-- script: forgetReleased
-- Forgets images of imports that were archived a day ago. ARG: limit. An import that was registered again keeps what it has.
local old = redis.call('ZRANGEBYSCORE', P .. 'released', '-inf', fleetTime() - KEPT_MS, 'LIMIT', 0, ARG.limit)
for _, id in ipairs(old) do
  local owner = redis.call('HGET', ownerHash(id), id)
  if owner and redis.call('EXISTS', P .. 'i:' .. owner) == 0 then unclaim(id) end
end
if #old > 0 then redis.call('ZREM', P .. 'released', unpack(old)) end
return #old

-- script: owners
-- Which import has each image. ARG: images. Returns key or '' for each.
local keys = {}
for at, id in ipairs(ARG.images) do keys[at] = redis.call('HGET', ownerHash(id), id) or '' end
return keys
