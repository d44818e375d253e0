-- include: prelude.lua

-- script: change
-- Compare-and-set. ARG: key, from {state, epoch, revision}, to {state, held, due, line}, now, needed (images that it must
-- have), wished (images that it takes where nobody has them), unowned (may it have an image that nobody knows: yes | no | as
-- before), givesBack (an image), fields. Returns {'written', finished batches…}, {'moved'} when the entry is another by
-- now, or {'taken', image, owner} when another import has a needed image.
local is, from = readImport(KEYS[1]), ARG.from
if is.state ~= from.state or is.epoch ~= from.epoch or is.revision ~= from.revision then return {'moved'} end
-- Two imports with one image would be one image too few.
for _, id in ipairs(ARG.needed) do
  local owner = redis.call('HGET', ownerHash(id), id)
  if owner and owner ~= ARG.key then return {'taken', id, owner} end
end
for _, ids in ipairs({ARG.needed, ARG.wished}) do
  for _, id in ipairs(ids) do claim(id, ARG.key) end
end
if ARG.unowned ~= 'as before' then mayHaveLeft(ARG.key, ARG.unowned == 'yes') end
local back = ARG.givesBack
if back and redis.call('HGET', ownerHash(back), back) == ARG.key then unclaim(back) end
return {'written', unpack(move(ARG.key, KEYS[1], is, ARG.to, ARG.fields, ARG.now))}

-- script: decline
-- A batch no longer wants an import, or wants it again. ARG: batch, noMore. Returns {batches, batches that declined}.
local is = fieldsOf(KEYS[1], 'batches', 'declined')
if not is.batches then return {0, 0} end
local before, declined = cjson.decode(is.declined or '[]'), {}
for _, name in ipairs(before) do if name ~= ARG.batch then declined[#declined + 1] = name end end
if ARG.noMore then declined[#declined + 1] = ARG.batch end
if #declined ~= #before then
  redis.call('HSET', KEYS[1], 'declined', #declined == 0 and '[]' or cjson.encode(declined))
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
end
return {#cjson.decode(is.batches), #declined}

-- script: sweep
-- Takes overdue imports and postpones them, so that one worker at a time handles each. KEYS[1] is the due set. ARG: now,
-- limit, postponedTo. Returns keys.
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARG.now, 'LIMIT', 0, ARG.limit)
local answer = {}
for _, key in ipairs(taken) do
  if redis.call('EXISTS', P .. 'i:' .. key) == 1 then
    redis.call('ZADD', KEYS[1], ARG.postponedTo, key)
    answer[#answer + 1] = key
  else
    redis.call('ZREM', KEYS[1], key)
    redis.call('ZADD', P .. 'lost', 'NX', ARG.now, key)
  end
end
return answer
