import { IMAGES_OF } from './images-of.ts';
import { PRELUDE } from './prelude.ts';

/** Longer than creation times are compared by: until then nobody else may take an archived image. */
const KEPT_MS = 24 * 3_600_000;
/** A worker that was alive within the last hour may still be. */
const RECENT_MS = 3_600_000;
/** The longest that an older version allowed between intent and POST. */
const OLD_BUDGET_MS = 10_000;

/**
 * Takes a ledger of an older schema over. Workers of that version are refused at admission from now on; until
 * those that are alive have noticed, creates are frozen. KEYS[1] is `meta`. ARGV: prefix, schema, milliseconds that
 * an old worker takes to end. Answers the schema that was there (0 = none).
 */
export const RAISE_SCRIPT = `${PRELUDE}
local is = redis.call('HMGET', KEYS[1], 'schema', 'frozen_until')
local schema = tonumber(is[1] or 0)
if schema >= tonumber(ARGV[2]) then return schema end
redis.call('HSET', KEYS[1], 'schema', ARGV[2])
if schema == 0 then return 0 end
redis.call('HSET', KEYS[1], 'unindexed', '1')
-- A command of this version may have begun the fleet's time long ago, and nobody has kept it since: what older workers wrote
-- meanwhile would lie ahead of it. It is brought forward, never back.
local was = fleetTime()
local latest = math.max(was, latestKnown())
local stamped = math.max(latest, tonumber(redis.call('HGET', KEYS[1], 'stamped') or 0))
redis.call('HSET', KEYS[1], 'time', string.format('%.0f', latest), 'stamped', string.format('%.0f', stamped))
-- Older workers count as alive until a time of Redis' wall clock. That may have jumped: it lengthens the wait only.
local last = redis.call('ZRANGE', P .. 'workers', -1, -1, 'WITHSCORES')
local left = tonumber(last[2] or 0) - clock()
if last[2] and left > -${RECENT_MS} then
  local ends = stampedTime() + math.max(0, math.ceil(left)) + tonumber(ARGV[3])
  redis.call('HSET', KEYS[1], 'frozen_until', string.format('%.0f', math.max(tonumber(is[2] or 0), ends)))
end
return schema
`;

/**
 * Enters the images of a page of imports into the index. ARGV: prefix, then keys. Answers image, owner and key of each that
 * another import has already.
 */
export const INDEX_SCRIPT = `${PRELUDE}${IMAGES_OF}
local clashes = {}
for at = 2, #ARGV do
  local key, hash = ARGV[at], P .. 'i:' .. ARGV[at]
  local is = redis.pcall('HMGET', hash, 'state', 'epoch')
  -- One of another type is missing: the healer puts it aside.
  if is[1] then
    local images, detail = imagesOf(hash)
    for _, id in ipairs(images) do
      if not claim(id, key) then
        local owner = redis.call('HGET', ownerHash(id), id)
        if owner ~= key then clashes[#clashes + 1] = id clashes[#clashes + 1] = owner clashes[#clashes + 1] = key end
      end
    end
    -- A window that an older version has begun counts again, by the fleet's time.
    if is[1] == 'submitting' or is[1] == 'unknown' then
      redis.call('HSETNX', hash, 'send_by', string.format('%.0f', stampedTime() + ${OLD_BUDGET_MS}))
    end
    local wasSent = tonumber(is[2] or 0) > 0
    local left = is[1] == 'cancelled' or (is[1] == 'pending' and detail.lookedAt) or is[1] == 'failed'
    if #images == 0 and wasSent and left then mayHaveLeft(key, true) end
  end
end
return clashes
`;

/**
 * Forgets images of imports that were archived a day ago. ARGV: prefix, how many. An import that was registered again keeps
 * what it has.
 */
export const FORGET_IMAGES_SCRIPT = `${PRELUDE}
local old = redis.call('ZRANGEBYSCORE', P .. 'released', '-inf', fleetTime() - ${KEPT_MS}, 'LIMIT', 0, ARGV[2])
for _, id in ipairs(old) do
  local owner = redis.call('HGET', ownerHash(id), id)
  if owner and redis.call('EXISTS', P .. 'i:' .. owner) == 0 then unclaim(id) end
end
if #old > 0 then redis.call('ZREM', P .. 'released', unpack(old)) end
return #old
`;

/** Which import has each image. ARGV: prefix, then image ids. Answers key or '' for each. */
export const OWNERS_SCRIPT = `${PRELUDE}
local keys = {}
for at = 2, #ARGV do keys[#keys + 1] = redis.call('HGET', ownerHash(ARGV[at]), ARGV[at]) or '' end
return keys
`;
