-- include: examine.lua

-- script: register
-- Registers imports in one batch, in their order. ARG: batch, notify and retention ('': none; absent: as they are), now, due, images [{key, request, priority or '', file, source or nil}], seen (image ids by
-- key, for those that are missing; absent = not read yet). Returns for each `new`, `lost` where those images have to be read
-- first, or {state, attempt, queued, stored request where it differs, stored priority}. What all of them share is written once:
-- half of the time of a submit was this. The time of registration is taken here: a call that waited must not look older than a
-- scan that ran meanwhile.
--
-- An import that was known and whose hash is gone is not a new one: nobody can say whether it was created. If it held a place
-- it is unknown, and looked up through the window; else it is pending, is looked up before it is created, and all creates wait for a window.
-- Images that the index still has under its key were seen of it: beside those nothing is created.
local batch, now, due = ARG.batch, ARG.now, ARG.due
local b, members, line = P .. 'b:' .. batch, P .. 'm:' .. batch, 'registered in batch ' .. string.gsub(batch, '%c', ' ')
redis.call('ZADD', P .. 'batches', 'NX', now, batch)
local whole = fieldsOf(b, 'created_at', 'archiving', 'seq', 'finished_at', 'notify', 'retention')
if not whole.created_at then
  local highest = redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')
  redis.call('HSET', b, 'created_at', redis.call('ZSCORE', P .. 'batches', batch) or now)
  if highest[2] then whole.seq = highest[2] end
end
-- A batch that is submitted again is no longer archived: nothing more is taken out of it.
if whole.archiving then redis.call('HDEL', b, 'archiving') end
for _, field in ipairs({'notify', 'retention'}) do
  local is = ARG[field]
  if is == '' then redis.call('HDEL', b, field) elseif is and is ~= whole[field] then redis.call('HSET', b, field, is) end
end
local before = count(whole.seq)
local seq, answers, new, dues = before, {}, 0, {}
local alone, story, registered = cjson.encode({batch}), appendStory('', line), stamp()
local function addMember(key)
  if redis.call('ZADD', members, 'NX', seq + 1, key) == 0 then return false end
  seq = seq + 1
  return true
end
-- Keys that were here before, and those that hold a place: read for all at once.
local keys, wasKnown = {}, {}
for at, image in ipairs(ARG.images) do keys[at] = image.key end
local places = redis.call('SMISMEMBER', P .. 'inflight', unpack(keys))
local prunedOf = {}
for at, text in ipairs(redis.call('HMGET', P .. 'pruned', unpack(keys))) do prunedOf[keys[at]] = text and decoded(text) end
for _, set in ipairs({members, P .. 'due', P .. 'lost', P .. 'unknown'}) do
  for at, score in ipairs(redis.call('ZMSCORE', set, unpack(keys))) do if score then wasKnown[keys[at]] = true end end
end
for at, holds in ipairs(places) do if holds == 1 then wasKnown[keys[at]] = 'place' end end
local function restore(key, hash, request, priority)
  if not ARG.seen then return 'lost' end
  putAside('i:' .. key)
  local holds = wasKnown[key] == 'place'
  local state = holds and 'unknown' or 'pending'
  -- Above every epoch that an answer may still name.
  local generation = math.max(1, count(redis.call('HGET', P .. 'meta', 'generation')))
  local images = ARG.seen[key]
  local sendBy = stampedTime() + LONGEST_INTENT_MS
  local detail = holds and { since = fleetTime(), sendBy = sendBy, held = false, lookUps = 0, reason = {
    code = CONST.LEDGER_LOST, message = 'the ledger had lost this image while IMS may have been creating it' } } or { lookedAt = 1 }
  redis.call('HSET', hash, 'state', state, 'epoch', generation, 'attempt', '1', 'revision', clock(), 'queued', generation + 1,
    'batches', alone, 'request', request, 'registered_at', registered, 'submitted_at', redis.call('HGET', b, 'created_at'),
    'detail', cjson.encode(detail), 'story', appendStory('', 'missing from the ledger, ' .. line))
  if priority ~= '' then redis.call('HSET', hash, 'priority', priority) end
  if holds then redis.call('HSET', hash, 'send_by', ms(sendBy)) end
  if images then redis.call('HSET', hash, 'seen_images', cjson.encode(images)) end
  mayHaveLeft(key, not holds and not images)
  addMember(key)
  restartRecount(batch)
  redis.call('ZREM', P .. 'lost', key)
  redis.call('ZADD', P .. 'due', holds and fleetTime() or due, key)
  if holds then
    redis.call('ZADD', P .. 'unknown', clock(), key)
    redis.call('ZADD', P .. 'u:' .. batch, clock(), key)
  else
    redis.call('HSET', P .. 'meta', 'doubted', '1')
  end
  add(b, 'n:' .. state, 1)
  add(b, 'missing', -1)
  redis.call('HDEL', b, 'finished_at')
  publish(key)
  return {state, 1, generation + 1, '', priority}
end
-- Its image was pruned, and its batch archived since: it was imported, and is not created again unless a person wants that.
local function remember(key, hash, request, priority)
  local was = prunedOf[key]
  local text = line .. '; image ' .. was.image .. ' was imported and pruned earlier'
  addMember(key)
  redis.call('HSET', hash, 'state', 'succeeded', 'epoch', '0', 'attempt', '1', 'revision', '1', 'queued', '0', 'batches', alone,
    'request', request, 'registered_at', registered, 'finished_at', now, 'pruned_at', ms(was.at),
    'detail', cjson.encode({ imageId = was.image }), 'story', appendStory('', text))
  if priority ~= '' then redis.call('HSET', hash, 'priority', priority) end
  claim(was.image, key)
  recount(batch, false, '0', 'succeeded', '0', now)
  publish(key)
  return {'succeeded', 1, 0, '', priority}
end
local function create(key, hash, request, priority)
  if wasKnown[key] then return restore(key, hash, request, priority) end
  if prunedOf[key] then return remember(key, hash, request, priority) end
  addMember(key)
  -- What is absent reads as none: each field costs 60 bytes.
  redis.call('HSET', hash, 'state', 'pending', 'epoch', '0', 'attempt', '1', 'revision', '1', 'queued', '0', 'batches', alone,
    'request', request, 'registered_at', registered, 'story', story)
  if priority ~= '' then redis.call('HSET', hash, 'priority', priority) end
  dues[#dues + 1] = due
  dues[#dues + 1] = key
  new = new + 1
  return 'new'
end
-- An import that the ledger has joins the batch.
local function joinBatch(key, hash, request)
  local is = fieldsOf(hash, 'state', 'held', 'batches', 'request', 'attempt', 'queued', 'declined', 'priority')
  local batches = cjson.decode(is.batches)
  addMember(key)
  if not setOf(batches)[batch] then
    batches[#batches + 1] = batch
    restartRecount(batch)
    redis.call('HSET', hash, 'batches', cjson.encode(batches))
    redis.call('HSET', hash, 'story', appendStory(redis.call('HGET', hash, 'story') or '', line))
    recount(batch, false, '0', is.state, is.held, now)
    countFailure(b, '', redis.call('HGET', hash, 'counted') or '')
    countMarks(b, '', redis.call('HGET', hash, 'marks') or '')
    trackUnknown(P .. 'u:' .. batch, key, '', is.state, redis.call('ZSCORE', P .. 'unknown', key) or now)
  end
  if is.declined and is.declined ~= '[]' then
    redis.call('HSET', hash, 'declined', (without(is.declined, batch)))
    redis.call('HINCRBY', hash, 'revision', 1)
  end
  local changed = is.request ~= request
  if changed and is.state == 'pending' then
    redis.call('HSET', hash, 'request', request)
    redis.call('HINCRBY', hash, 'revision', 1)
  end
  return {is.state, tonumber(is.attempt or 1), tonumber(is.queued or 0), changed and is.request or '', is.priority or ''}
end
local function register(key, request, priority)
  local hash = P .. 'i:' .. key
  local wrong = examined(hash)
  if wrong == 'missing' then return create(key, hash, request, priority) end
  if wrong then return restore(key, hash, request, priority) end
  return joinBatch(key, hash, request)
end
-- The source of a copy knows it. Registered again it is noted again: the hash of the source may be another one.
local function note(key, source)
  local hash = P .. 'i:' .. source
  redis.call('HSET', P .. 'i:' .. key, 'source', source)
  local known = redis.pcall('HGET', hash, 'copies')
  if type(known) == 'table' or redis.call('EXISTS', hash) == 0 then return end
  if known and string.find(known, key, 1, true) then return end
  redis.call('HSET', hash, 'copies', known and known .. ' ' .. key or key)
  -- Whoever is about to record its success reads it again, and sees this copy.
  redis.pcall('HINCRBY', hash, 'revision', 1)
end
local fault
for at, image in ipairs(ARG.images) do
  -- Whatever is wrong with one import, those that were written have to be counted.
  local isDone, answer = pcall(register, image.key, image.request, image.priority)
  if isDone and image.file and answer ~= 'lost' then redis.call('HSET', P .. 'i:' .. image.key, 'file', image.file) end
  if isDone and image.source and answer ~= 'lost' then note(image.key, image.source) end
  if not isDone then fault = fault or answer end
  answers[at] = answer
end
if seq > before then redis.call('HSET', b, 'seq', seq) end
if new > 0 then
  redis.call('ZADD', P .. 'due', unpack(dues))
  -- As 'recount' does for one.
  add(b, 'n:pending', new)
  redis.call('HDEL', b, 'finished_at')
end
if seq > before and not whole.finished_at and redis.call('HEXISTS', b, 'finished_at') == 1 then announceFinish(batch, true) end
if fault then return redis.error_reply(type(fault) == 'table' and fault.err or tostring(fault)) end
return answers
