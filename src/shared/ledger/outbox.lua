-- include: prelude.lua
-- Events on their way to the people who are notified. KEYS[1] is the hash `notify`; T begins the fields of one target.
local T, box = (ARG.target or '') .. ' ', P .. 'outbox:' .. (ARG.target or '')

-- script: serve
-- A worker serves a target. One that is new, or was not served for long, gets what happens from now on. ARG: target, host, now (the
-- fleet's time), forgottenMs. Returns the last event that was taken over for it.
local is = redis.call('HMGET', KEYS[1], T .. 'cursor', T .. 'served_at')
-- Before this nobody was notified of anything.
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', P .. 'held:new') end
local cursor = is[1]
if not cursor or ARG.now - count(is[2]) > ARG.forgottenMs then
  local last = redis.pcall('XREVRANGE', P .. 'events', '+', '-', 'COUNT', 1)
  cursor = last[1] and last[1][1] or '0-0'
  redis.call('DEL', box)
  redis.call('HDEL', KEYS[1], T .. 'failing_since', T .. 'reason')
end
redis.call('HSET', KEYS[1], T .. 'cursor', cursor, T .. 'served_at', ms(ARG.now), T .. 'host', ARG.host)
return cursor

-- script: take
-- Takes events over for a target, unless another worker did. ARG: target, from, to (the last event before and after), due [{id, at}].
if redis.call('HGET', KEYS[1], T .. 'cursor') ~= ARG.from then return 0 end
for _, event in ipairs(ARG.due) do redis.call('ZADD', box, 'NX', event.at, event.id) end
redis.call('HSET', KEYS[1], T .. 'cursor', ARG.to)
return 1

-- script: settle
-- What became of an attempt to deliver. ARG: target, id, outcome (delivered | obsolete | failed | dropped), at (of the next attempt), reason,
-- now (wall clock).
local tries = T .. ARG.id
if ARG.outcome == 'failed' then
  if not redis.call('ZSCORE', box, ARG.id) then return 0 end
  redis.call('ZADD', box, ARG.at, ARG.id)
  redis.call('HINCRBY', KEYS[1], tries, 1)
else
  redis.call('HDEL', KEYS[1], tries)
  if redis.call('ZREM', box, ARG.id) == 0 then return 0 end
  if ARG.outcome ~= 'obsolete' then add(KEYS[1], T .. ARG.outcome, 1) end
end
if ARG.outcome == 'delivered' then
  redis.call('HDEL', KEYS[1], T .. 'failing_since', T .. 'reason')
elseif ARG.reason then
  redis.call('HSETNX', KEYS[1], T .. 'failing_since', ARG.now)
  redis.call('HSET', KEYS[1], T .. 'reason', ARG.reason)
end
return 1

-- script: announceHeld
-- Gathers held imports in one event for each batch, unless another worker did. KEYS[1] is `held:new`. ARG: keys, events [{batch,
-- facts}].
for _, is in ipairs(redis.call('SMISMEMBER', KEYS[1], unpack(ARG.keys))) do if is == 0 then return 0 end end
redis.call('SREM', KEYS[1], unpack(ARG.keys))
for _, event in ipairs(ARG.events) do
  redis.call('XADD', P .. 'events', 'MAXLEN', CONST.MOST_EVENTS, '*', 'type', 'images.held', 'batch', event.batch, 'facts', event.facts)
end
return 1
