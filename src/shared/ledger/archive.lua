-- include: prelude.lua

-- script: mark
-- Sets, replaces or removes the mark of a batch that is being archived. Registering in the batch removes it, too, and an image
-- that moves changes when the batch finished: then nothing is marked. KEYS[1] is the batch. ARG: expected (the mark that has to be
-- there; absent = none), mark (absent = remove it), finishedAt.
local is = fieldsOf(KEYS[1], 'archiving', 'finished_at')
if is.archiving ~= ARG.expected then return 0 end
if not ARG.mark then return redis.call('HDEL', KEYS[1], 'archiving') end
if is.finished_at ~= ARG.finishedAt then return 0 end
for _, state in ipairs(OPEN) do
  if tonumber(redis.call('HGET', KEYS[1], 'n:' .. state) or 0) ~= 0 then return 0 end
end
redis.call('HSET', KEYS[1], 'archiving', ARG.mark)
return 1

-- script: takeOut
-- Takes a page of archived images out of their batch, and out of the ledger where no other batch holds them. One that changed
-- since it was written to the file stays. KEYS[1] is the batch. ARG: batch, mark, finishedAt, images [{key, revision}]. Returns how
-- many stay, or -1: nothing may be taken any more.
local batch = ARG.batch
local mark = fieldsOf(KEYS[1], 'archiving', 'finished_at')
if mark.archiving ~= ARG.mark or mark.finished_at ~= ARG.finishedAt then return -1 end
local out, dead, counts, stay = {}, {}, {}, 0
-- From here on the ledger does not know images that it has created.
redis.call('HSET', P .. 'meta', 'archived_at', clock())
for _, image in ipairs(ARG.images) do
  local key, hash = image.key, P .. 'i:' .. image.key
  local is = readImport(hash)
  local others, isIn = without(is.batches, batch)
  if isIn and (is.revision ~= image.revision or not ended(is.state)) then
    stay = stay + 1
  else
    out[#out + 1] = key
    if isIn then
      counts[is.state] = (counts[is.state] or 0) + 1
      countFailure(KEYS[1], is.counted, '')
      countMarks(KEYS[1], is.marks, '')
      if others == '[]' then
        dead[#dead + 1] = hash
        -- They stay known for a while: a comparison by creation times must not take them for free ones.
        for _, id in ipairs((imagesOf(hash))) do redis.call('ZADD', P .. 'released', fleetTime(), id) end
        mayHaveLeft(key, false)
        redis.call('ZREM', P .. 'sharing', key)
      else
        redis.call('HSET', hash, 'batches', others)
        if is.declined then redis.call('HSET', hash, 'declined', (without(is.declined, batch))) end
      end
    end
  end
end
if #out > 0 then
  redis.call('ZREM', P .. 'm:' .. batch, unpack(out))
  redis.call('ZREM', P .. 'lost', unpack(out))
end
if #dead > 0 then redis.call('UNLINK', unpack(dead)) end
restartRecount(batch)
for state, left in pairs(counts) do add(KEYS[1], 'n:' .. state, -left) end
return stay

-- script: forget
-- Forgets a batch that has no image left; one that has some stays, without the mark. KEYS[1] is the batch. ARG: batch, mark.
-- Returns how many images it has, or -1 when the mark was gone.
local batch = ARG.batch
if redis.call('HGET', KEYS[1], 'archiving') ~= ARG.mark then return -1 end
local left = redis.call('ZCARD', P .. 'm:' .. batch)
if left > 0 then
  redis.call('HDEL', KEYS[1], 'archiving')
  return left
end
redis.call('UNLINK', KEYS[1], P .. 'm:' .. batch, P .. 'u:' .. batch, P .. 'd:' .. batch, P .. 'rc:' .. batch)
redis.call('ZREM', P .. 'batches', batch)
return 0
