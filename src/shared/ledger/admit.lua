-- include: holders.lua
local MINUTE_MS = 60000
-- At least this far apart, or the gateway would count creates alone as too many.
local APART_MS = 250

-- Does this ledger hold its project? On one server the claim can be read in the same step; in a cluster it is on
-- another server, and what the ledger has noted has to do. A ledger that no login has bound belongs to nobody.
local function holdsProject()
  local is = fieldsOf(P .. 'meta', 'project_id', 'claim', 'claim_key')
  if not is.project_id then return true end
  if not is.claim or not is.claim_key then return is.claim and true or false end
  local own = string.match(is.claim, '"database":(%d+)')
  if own ~= '0' then redis.call('SELECT', 0) end
  local claim = redis.call('GET', is.claim_key)
  if own ~= '0' then redis.call('SELECT', own) end
  return claim == is.claim
end

-- script: admit
-- Admission and intent in one step. ARG: key, revision, now, maxInFlight, gapMs (between two POSTs; 0 = unlimited), due, sender,
-- seen (the highest generation that the sender has seen), schema (that it knows), line, budgetMs (within which it may send),
-- fields. Returns {word, number}: admitted generation (and until when it may send) | moved | newer | unclaimed | stopped |
-- paused | behind | index | report | frozen ms | scan | cooldown ms | full | crowded | rate ms.

-- Before meta is read: where the time was removed, this sets it.
local now = fleetTime()
local is = readImport(KEYS[1])
local meta = fieldsOf(P .. 'meta', 'generation', 'server', 'frozen_until', 'scanned_at', 'schema', 'scanned_time', 'unindexed', 'doubted')
local generation, schema = count(meta.generation), tonumber(meta.schema or 0)
if is.state == 'submitting' and is.sender == ARG.sender then return {'admitted', generation, is.send_by or '0'} end
if is.state ~= 'pending' or is.revision ~= ARG.revision then return {'moved', 0} end
if schema > ARG.schema then return {'newer', 0} end
if redis.call('HEXISTS', P .. 'stop', 'stop') == 1 then return {'stopped', 0} end
local declined, wanted = setOf(cjson.decode(is.declined or '[]')), false
for _, name in ipairs(cjson.decode(is.batches)) do
  if not declined[name] and redis.call('HGET', P .. 'b:' .. name, 'paused') ~= '1' then wanted = true end
end
if not wanted then return {'paused', 0} end
-- The ledger may have lost writes: it was rolled back, or the server was restarted.
if generation < ARG.seen or meta.doubted then return {'behind', 0} end
-- The index of images is not complete.
if meta.unindexed or (meta.schema and schema < ARG.schema) then return {'index', 0} end
if not holdsProject() then return {'unclaimed', 0} end
-- Every process that may come to hold an intent is registered first, on this run of the server.
local _, itsRun = holder(redis.call('HGET', holders, string.match(ARG.sender, '^[^.]*')))
if itsRun ~= server() then return {'report', 0} end
local frozen, scanned = count(meta.frozen_until), count(meta.scanned_at)
if frozen > now then return {'frozen', frozen - now} end
if count(meta.scanned_time) < frozen or scanned < tonumber(is.registered_at) or server() ~= (meta.server or '') then return {'scan', 0} end
local cool = cooling('submit')
if cool > 0 then return {'cooldown', cool} end
if redis.call('SCARD', P .. 'inflight') >= ARG.maxInFlight then return {'full', 0} end
-- IMS makes few copies at once. One that finds no place is called by one that leaves its own.
if redis.call('HEXISTS', KEYS[1], 'source') == 1 then
  local copies = 0
  for _, key in ipairs(redis.call('SMEMBERS', P .. 'inflight')) do
    if redis.pcall('HEXISTS', P .. 'i:' .. key, 'source') == 1 then copies = copies + 1 end
  end
  if copies >= CONST.MOST_COPIES then
    redis.call('ZADD', P .. 'crowd', 'NX', now, ARG.key)
    return {'crowded', 0}
  end
end
-- Never more than the limit within a minute; free places are filled without waiting for more than that.
local gap = ARG.gapMs
if gap > 0 then
  local posts, at, most = P .. 'posts', tonumber(ARG.now), math.max(1, math.floor(MINUTE_MS / gap + 0.5))
  local last, oldest = redis.call('LINDEX', posts, 0), redis.call('LINDEX', posts, most - 1)
  local wait = math.max(last and last + math.min(gap, APART_MS) or 0, oldest and oldest + MINUTE_MS or 0) - at
  -- A ledger that was restored from a backup makes nobody wait for longer.
  if wait > 0 and wait <= MINUTE_MS then return {'rate', math.ceil(wait)} end
  redis.call('LPUSH', posts, ARG.now)
  redis.call('LTRIM', posts, 0, most - 1)
end
-- The window counts from here. The fleet's time is taken here, not at the sender, which may have slept.
local sendBy = ms(math.max(stampedTime(), tonumber(ARG.now)) + ARG.budgetMs)
local fields = {'sender', ARG.sender, 'send_by', sendBy, unpack(ARG.fields)}
local to = { state = 'submitting', held = '0', due = ARG.due, line = ARG.line }
move(ARG.key, KEYS[1], is, to, fields, ARG.now)
return {'admitted', redis.call('HINCRBY', P .. 'meta', 'generation', 1), sendBy}
