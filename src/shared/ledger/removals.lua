-- include: prelude.lua

-- script: intend
-- Records that an image is about to be deleted, if its import is still as it was read and no open copy needs it. KEYS[1] is
-- `removals`. ARG: image, key, state, revision, record, line. Returns 1, or 0 when the import has changed.
local hash = P .. 'i:' .. ARG.key
local is = readImport(hash)
if is.state ~= ARG.state or is.revision ~= ARG.revision or not ended(is.state) then return 0 end
-- One may have been registered after the plan was made.
for copy in string.gmatch(redis.call('HGET', hash, 'copies') or '', '%S+') do
  local state = redis.call('HGET', P .. 'i:' .. copy, 'state')
  if state and not ended(state) then return 0 end
end
redis.call('HSET', KEYS[1], ARG.image, ARG.record)
redis.call('HSET', hash, 'story', appendStory(is.story, ARG.line), 'revision', tonumber(is.revision or 0) + 1)
publish(ARG.key)
return 1

-- script: settle
-- Records what became of it. KEYS[1] is `removals`. ARG: image, key, line, prunedAt (absent: it was not pruned). An import that
-- has had a new attempt meanwhile only gets the line. Returns 1, or 0 when another process has settled it.
if redis.call('HDEL', KEYS[1], ARG.image) == 0 then return 0 end
local hash = P .. 'i:' .. ARG.key
local is = readImport(hash)
local _, detail = imagesOf(hash)
local isOwn = not is.state or (is.state == 'succeeded' and detail.imageId == ARG.image)
if ARG.prunedAt and isOwn then
  redis.call('HSET', P .. 'pruned', ARG.key, cjson.encode({ image = ARG.image, at = tonumber(ARG.prunedAt) }))
end
if not is.state then return 1 end
redis.call('HSET', hash, 'story', appendStory(is.story, ARG.line), 'revision', tonumber(is.revision or 0) + 1)
if ARG.prunedAt and isOwn then redis.call('HSET', hash, 'pruned_at', ARG.prunedAt) end
publish(ARG.key)
return 1
