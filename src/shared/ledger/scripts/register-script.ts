import { LEDGER_LOST } from '../../state/rules.ts';
import { PRELUDE } from './prelude.ts';
import { LONGEST_INTENT_MS, SANE } from './sane.ts';

/**
 * Registers imports in one batch, in their order. ARGV: prefix, batch, now, due, images seen of those that are missing ('' = not
 * read yet), then key, request and priority of each. Answers `new` for each, `lost` where those images have to be read first, or
 * `{state, attempt, queued, stored request where it differs, stored priority}`. What all of them share is written once: half of the
 * time of a submit was this. The time of registration is taken here: a call that waited must not look older than a scan
 * that has run meanwhile.
 *
 * An import that was known and whose hash is gone is no new one: nobody can say whether it was created. Where it held a place it is
 * unknown, and looked up through the window; else it waits, is looked up before it is created, and creates of all wait for a window.
 * Images that the index still has under its key were seen of it: beside those nothing is created.
 */
export const REGISTER_SCRIPT = `${PRELUDE}${SANE}
local batch, now, due = ARGV[2], ARGV[3], ARGV[4]
local b, members, line = P .. 'b:' .. batch, P .. 'm:' .. batch, 'registered in batch ' .. string.gsub(batch, '%c', ' ')
redis.call('ZADD', P .. 'batches', 'NX', now, batch)
local whole = redis.call('HMGET', b, 'created_at', 'archiving', 'seq')
if not whole[1] then
  local highest = redis.call('ZRANGE', members, -1, -1, 'WITHSCORES')
  redis.call('HSET', b, 'created_at', redis.call('ZSCORE', P .. 'batches', batch) or now)
  if highest[2] then whole[3] = highest[2] end
end
-- Who wants the batch again ends its archiving: nothing more is taken out of it.
if whole[2] then redis.call('HDEL', b, 'archiving') end
local before = count(whole[3])
local seq, answers, new, dues = before, {}, 0, {}
local alone, story, registered = cjson.encode({batch}), told('', line), stamp()
local function join(key)
  if redis.call('ZADD', members, 'NX', seq + 1, key) == 0 then return false end
  seq = seq + 1
  return true
end
-- Keys that were here before, and those that hold a place: asked for all at once.
local keys, wasKnown = {}, {}
for at = 6, #ARGV, 3 do keys[#keys + 1] = ARGV[at] end
local places = redis.call('SMISMEMBER', P .. 'inflight', unpack(keys))
for _, set in ipairs({members, P .. 'due', P .. 'lost', P .. 'unknown'}) do
  for at, score in ipairs(redis.call('ZMSCORE', set, unpack(keys))) do if score then wasKnown[keys[at]] = true end end
end
for at, holds in ipairs(places) do if holds == 1 then wasKnown[keys[at]] = 'place' end end
-- Images that the index has under a key; the caller reads them where something is missing, and asks again.
local seen = ARGV[5] ~= '' and cjson.decode(ARGV[5])
local function restore(key, hash, request, priority)
  if not seen then return 'lost' end
  putAside('i:' .. key)
  local holds = wasKnown[key] == 'place'
  local state = holds and 'unknown' or 'pending'
  -- Above every epoch that an answer may still name.
  local generation = math.max(1, count(redis.call('HGET', P .. 'meta', 'generation')))
  local images = seen[key]
  local sendBy = stampedTime() + ${LONGEST_INTENT_MS}
  local detail = holds and { since = fleetTime(), sendBy = sendBy, held = false, lookUps = 0, reason = {
    code = '${LEDGER_LOST}', message = 'the ledger had lost this image while IMS may have been creating it' } } or { lookedAt = 1 }
  redis.call('HSET', hash, 'state', state, 'epoch', generation, 'attempt', '1', 'revision', clock(), 'queued', generation + 1,
    'batches', alone, 'request', request, 'registered_at', registered, 'submitted_at', redis.call('HGET', b, 'created_at'),
    'detail', cjson.encode(detail), 'story', told('', 'missing from the ledger, ' .. line))
  if priority ~= '' then redis.call('HSET', hash, 'priority', priority) end
  if holds then redis.call('HSET', hash, 'send_by', string.format('%.0f', sendBy)) end
  if images then redis.call('HSET', hash, 'seen_images', cjson.encode(images)) end
  mayHaveLeft(key, not holds and not images)
  join(key)
  beginAnew(batch)
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
  tell(key)
  return {state, 1, generation + 1, '', priority}
end
local function create(key, hash, request, priority)
  if wasKnown[key] then return restore(key, hash, request, priority) end
  join(key)
  -- What is absent reads as none: each field costs 60 bytes.
  redis.call('HSET', hash, 'state', 'pending', 'epoch', '0', 'attempt', '1', 'revision', '1', 'queued', '0', 'batches', alone,
    'request', request, 'registered_at', registered, 'story', story)
  if priority ~= '' then redis.call('HSET', hash, 'priority', priority) end
  dues[#dues + 1] = due
  dues[#dues + 1] = key
  new = new + 1
  return 'new'
end
local function meet(key, hash, request, is)
  local batches, isIn = cjson.decode(is[3]), false
  for _, name in ipairs(batches) do isIn = isIn or name == batch end
  join(key)
  if not isIn then
    batches[#batches + 1] = batch
    beginAnew(batch)
    redis.call('HSET', hash, 'batches', cjson.encode(batches))
    note(hash, line)
    recount(batch, false, '0', is[1], is[2], now)
    tally(batch, '', redis.call('HGET', hash, 'counted') or '')
    doubt(P .. 'u:' .. batch, key, '', is[1], redis.call('ZSCORE', P .. 'unknown', key) or now)
  end
  if is[7] and is[7] ~= '[]' then
    local still = {}
    for _, name in ipairs(cjson.decode(is[7])) do if name ~= batch then still[#still + 1] = name end end
    redis.call('HSET', hash, 'declined', #still == 0 and '[]' or cjson.encode(still))
    redis.call('HINCRBY', hash, 'revision', 1)
  end
  local changed = is[4] ~= request
  if changed and is[1] == 'pending' then
    redis.call('HSET', hash, 'request', request)
    redis.call('HINCRBY', hash, 'revision', 1)
  end
  return {is[1], tonumber(is[5] or 1), tonumber(is[6] or 0), changed and is[4] or '', is[8] or ''}
end
local function register(key, request, priority)
  local hash = P .. 'i:' .. key
  local wrong = examined(hash)
  if wrong == 'missing' then return create(key, hash, request, priority) end
  if wrong then return restore(key, hash, request, priority) end
  local is = redis.call('HMGET', hash, 'state', 'held', 'batches', 'request', 'attempt', 'queued', 'declined', 'priority')
  return meet(key, hash, request, is)
end
local fault
for at = 6, #ARGV, 3 do
  -- Whatever is wrong with one, those that were written have to be counted.
  local isDone, answer = pcall(register, ARGV[at], ARGV[at + 1], ARGV[at + 2])
  if not isDone then fault = fault or answer end
  answers[#answers + 1] = answer
end
if seq > before then redis.call('HSET', b, 'seq', seq) end
if new > 0 then
  redis.call('ZADD', P .. 'due', unpack(dues))
  -- As 'recount' does for one.
  add(b, 'n:pending', new)
  redis.call('HDEL', b, 'finished_at')
end
if fault then return redis.error_reply(type(fault) == 'table' and fault.err or tostring(fault)) end
return answers
`;

/**
 * A batch wants an import no more, or again. ARGV: prefix, batch, "1" for no more. Answers `{batches,
 * batches that declined}`.
 */
export const DECLINE_SCRIPT = `${PRELUDE}
local is = redis.call('HMGET', KEYS[1], 'batches', 'declined')
if not is[1] then return {0, 0} end
local before, declined = cjson.decode(is[2] or '[]'), {}
for _, name in ipairs(before) do if name ~= ARGV[2] then declined[#declined + 1] = name end end
if ARGV[3] == '1' then declined[#declined + 1] = ARGV[2] end
if #declined ~= #before then
  redis.call('HSET', KEYS[1], 'declined', #declined == 0 and '[]' or cjson.encode(declined))
  redis.call('HINCRBY', KEYS[1], 'revision', 1)
end
return {#cjson.decode(is[1]), #declined}
`;
