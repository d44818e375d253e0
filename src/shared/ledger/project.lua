-- More images of another installation are not counted: the alarm is loud enough.
local MOST_FOREIGN = 10000

-- script: takeLease
-- Takes a lease, or renews it for its owner; returns 0 when another owner has it. The key expires by Redis' wall
-- clock: where that was set back, nobody may keep a lease for longer than requested. ARG: owner, lifeMs.
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARG.owner then
  if redis.call('PTTL', KEYS[1]) > ARG.lifeMs then redis.call('PEXPIRE', KEYS[1], ARG.lifeMs) end
  return 0
end
redis.call('SET', KEYS[1], ARG.owner, 'PX', ARG.lifeMs)
return 1

-- script: releaseLease
-- ARG: owner. Does nothing where another owner has it.
if redis.call('GET', KEYS[1]) ~= ARG.owner then return 0 end
return redis.call('DEL', KEYS[1])

-- script: setFree
-- Adds a field to the stop; nothing once that was lifted: what is left of a stop must not look like one. ARG: field, value.
if redis.call('HEXISTS', KEYS[1], 'stop') == 0 then return 0 end
return redis.call('HSET', KEYS[1], ARG.field, ARG.value)

-- script: stop
-- Stops the project, unless it is stopped already. KEYS[1] is the stop. ARG: prefix, stop. Returns 1 when it is new.
if redis.call('HSETNX', KEYS[1], 'stop', ARG.stop) == 0 then return 0 end
redis.pcall('XADD', ARG.prefix .. 'events', 'MAXLEN', CONST.MOST_EVENTS, '*', 'type', 'project.stopped', 'facts', ARG.stop)
return 1

-- script: lift
-- Lifts the stop. KEYS[1] is the stop. ARG: prefix. Returns 1 when there was one.
local stop = redis.pcall('HGET', KEYS[1], 'stop')
local lifted = redis.call('DEL', KEYS[1])
if type(stop) == 'string' then
  redis.pcall('XADD', ARG.prefix .. 'events', 'MAXLEN', CONST.MOST_EVENTS, '*', 'type', 'project.resumed', 'facts', stop)
end
return lifted

-- script: noteForeign
-- Notes images of another installation, each once. ARG: prefix, images [{id, fields}]. Returns the ids that are new.
local alarm, known, news = ARG.prefix .. 'others', ARG.prefix .. 'others:known', {}
if redis.call('SCARD', known) >= MOST_FOREIGN then return news end
for _, image in ipairs(ARG.images) do
  if redis.call('SADD', known, image.id) == 1 then
    redis.call('HSET', alarm, image.id, image.fields)
    news[#news + 1] = image.id
  end
end
return news

-- script: learn
-- Adds values to running means and covariances: of one value, or of several that belong together. After fifty each
-- new one counts as a fiftieth, so that old ones fade out. A field is `count means covariances`; of three values
-- the covariances are those of 1-1, 1-2, 1-3, 2-2, 2-3, 3-3. KEYS[1] is the hash. ARG: classes, values (of each
-- class, as texts).
local found, fields = redis.call('HMGET', KEYS[1], unpack(ARG.classes)), {}
for at, name in ipairs(ARG.classes) do
  local values, old, new = ARG.values[at], {}, {}
  for text in string.gmatch(found[at] or '', '%S+') do
    local number = tonumber(text)
    -- Not what is no number, nor what no sum comes back from.
    if number and number - number == 0 then old[#old + 1] = number end
  end
  local k = #values
  if #old ~= 1 + k + k * (k + 1) / 2 then old = {} end
  local n, deltas = math.min(50, (old[1] or 0) + 1), {}
  for i = 1, k do
    deltas[i] = tonumber(values[i]) - (old[1 + i] or 0)
    new[i] = (old[1 + i] or 0) + deltas[i] / n
  end
  for i = 1, k do
    for j = i, k do
      local covariance = old[#new + 2] or 0
      new[#new + 1] = covariance + (deltas[i] * (tonumber(values[j]) - new[j]) - covariance) / n
    end
  end
  for i, number in ipairs(new) do new[i] = string.format('%.6f', number) end
  fields[2 * at - 1], fields[2 * at] = name, string.format('%d ', n) .. table.concat(new, ' ')
end
redis.call('HSET', KEYS[1], unpack(fields))
