import { HOLDS } from './claim-scripts.ts';
import { HOLDERS } from './holders.ts';
import { PRELUDE } from './prelude.ts';

const MINUTE_MS = 60_000;
/** At least so far apart, or the gateway would count creates alone as too many. */
const APART_MS = 250;

/**
 * Admission and intent in one step. ARGV: prefix, key, revision, now, max in flight, milliseconds
 * between POSTs (0 = unlimited), due, sender, highest generation the asker has seen, schema it knows,
 * line of the story, milliseconds within which the sender may send, then fields and values of the submitting entry.
 * Answers `{word, number}`: admitted generation (and until when may be sent) | moved | newer | unclaimed | stopped | paused |
 * behind | index | report | frozen ms | scan | cooldown ms | full | rate ms.
 */
export const ADMIT_SCRIPT = `${PRELUDE}${HOLDERS}${HOLDS}
-- Before meta is read: where the time was removed, this notes it there.
local now = fleetTime()
local is = known(KEYS[1])
local meta = redis.call('HMGET', P .. 'meta', 'generation', 'server', 'frozen_until', 'scanned_at', 'schema', 'scanned_time', 'unindexed', 'doubted')
local generation = count(meta[1])
if is.state == 'submitting' and is.sender == ARGV[8] then return {'admitted', generation, is.sendBy or '0'} end
if is.state ~= 'pending' or is.revision ~= ARGV[3] then return {'moved', 0} end
if tonumber(meta[5] or 0) > tonumber(ARGV[10]) then return {'newer', 0} end
if redis.call('EXISTS', P .. 'stop') == 1 then return {'stopped', 0} end
local declined, wanted = {}, false
for _, name in ipairs(cjson.decode(is.declined or '[]')) do declined[name] = true end
for _, name in ipairs(cjson.decode(is.batches)) do
  if not declined[name] and redis.call('HGET', P .. 'b:' .. name, 'paused') ~= '1' then wanted = true end
end
if not wanted then return {'paused', 0} end
-- The ledger may have lost what it was told: it was rolled back, or the server was started anew.
if generation < tonumber(ARGV[9]) or meta[8] then return {'behind', 0} end
-- Whose images there are is not known yet.
if meta[7] or tonumber(meta[5] or ARGV[10]) < tonumber(ARGV[10]) then return {'index', 0} end
if not holdsProject() then return {'unclaimed', 0} end
-- Whoever may come to hold an intent is known before, on this run of the server.
local _, itsRun = holder(redis.call('HGET', holders, string.match(ARGV[8], '^[^.]*')))
if itsRun ~= server() then return {'report', 0} end
local frozen, scanned = count(meta[3]), count(meta[4])
if frozen > now then return {'frozen', frozen - now} end
if count(meta[6]) < frozen or scanned < tonumber(is.registered) or server() ~= (meta[2] or '') then return {'scan', 0} end
local cool = cooling('submit')
if cool > 0 then return {'cooldown', cool} end
if redis.call('SCARD', P .. 'inflight') >= tonumber(ARGV[5]) then return {'full', 0} end
-- Never more than so many within a minute; places that stand empty are filled without waiting for more than that.
local gap = tonumber(ARGV[6])
if gap > 0 then
  local posts, at, most = P .. 'posts', tonumber(ARGV[4]), math.max(1, math.floor(${MINUTE_MS} / gap + 0.5))
  local last, oldest = redis.call('LINDEX', posts, 0), redis.call('LINDEX', posts, most - 1)
  local wait = math.max(last and last + math.min(gap, ${APART_MS}) or 0, oldest and oldest + ${MINUTE_MS} or 0) - at
  -- A ledger that was put back makes nobody wait for longer.
  if wait > 0 and wait <= ${MINUTE_MS} then return {'rate', math.ceil(wait)} end
  redis.call('LPUSH', posts, ARGV[4])
  redis.call('LTRIM', posts, 0, most - 1)
end
-- The window counts from here. The fleet's time is taken here, not where the sender is: that may have slept.
local sendBy = string.format('%.0f', math.max(stampedTime(), tonumber(ARGV[4])) + tonumber(ARGV[12]))
local fields = {'sender', ARGV[8], 'send_by', sendBy}
for i = 13, #ARGV do fields[#fields + 1] = ARGV[i] end
local to = { state = 'submitting', held = '0', due = ARGV[7], line = ARGV[11] }
move(ARGV[2], KEYS[1], is, to, fields, ARGV[4])
return {'admitted', redis.call('HINCRBY', P .. 'meta', 'generation', 1), sendBy}
`;
