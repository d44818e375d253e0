-- include: prelude.lua

-- script: take
-- Takes imports whose sharing is due, and postpones them. KEYS[1] is the index. ARG: now, limit, postponedTo. Returns keys.
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARG.now, 'LIMIT', 0, ARG.limit)
local answer = {}
for _, key in ipairs(taken) do
  if redis.call('HEXISTS', P .. 'i:' .. key, 'sharing') == 1 then
    redis.call('ZADD', KEYS[1], ARG.postponedTo, key)
    answer[#answer + 1] = key
  else
    redis.call('ZREM', KEYS[1], key)
  end
end
return answer

-- script: note
-- Writes how far an import is shared, if it is still what was read. ARG: key, revision, sharing (text), due ('' = at rest), lines (of
-- the story). Returns 1 when it was written.
local is = readImport(KEYS[1])
if is.state ~= 'succeeded' or is.revision ~= ARG.revision then return 0 end
local story = is.story or ''
for _, text in ipairs(ARG.lines) do story = appendStory(story, text) end
redis.call('HSET', KEYS[1], 'sharing', ARG.sharing, 'story', story, 'revision', tonumber(is.revision) + 1)
mark(ARG.key, KEYS[1], is.batches, is.marks)
if ARG.due == '' then redis.call('ZREM', P .. 'sharing', ARG.key) else redis.call('ZADD', P .. 'sharing', ARG.due, ARG.key) end
publish(ARG.key)
return 1

-- script: want
-- A manifest was submitted again. ARG: key, from and to (the stored request and the one with more members; absent = it stays).
-- Projects that could not be reached before are tried again. Returns {1 when the request was changed, 1 when there is work}.
local is = readImport(KEYS[1])
local isChanged = ARG.to and redis.call('HGET', KEYS[1], 'request') == ARG.from
if isChanged then redis.call('HSET', KEYS[1], 'request', ARG.to) end
local isOpen = false
if is.state == 'succeeded' then
  local isRead, sharing = pcall(cjson.decode, redis.call('HGET', KEYS[1], 'sharing') or '')
  if not isRead or type(sharing) ~= 'table' or type(sharing.members) ~= 'table' then sharing = { members = {} } end
  isOpen = isChanged or sharing.state ~= 'done'
  if isOpen then
    for project, member in pairs(sharing.members) do
      if member.status == 'failed' or member.status == 'rejected' then sharing.members[project] = nil end
    end
    redis.call('HSET', KEYS[1], 'sharing', cjson.encode({ state = 'open', checks = 0, members = sharing.members }))
    redis.call('ZADD', P .. 'sharing', fleetTime(), ARG.key)
    mark(ARG.key, KEYS[1], is.batches, is.marks)
  end
end
if isChanged or isOpen then
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
  publish(ARG.key)
end
return {isChanged and 1 or 0, isOpen and 1 or 0}
