/** So long after its last sign of life a worker is not admitted before it has registered again. */
const ALIVE_MS = 60_000;

/**
 * Who may have held an intent that Redis has lost: for the scripts, after the prelude. Each worker
 * registers in `holders` (fleet's time, run of the server, `d`: its intents are on the disk before their
 * POST leaves, whatever becomes of the server; `n`: they may be lost; `u`: they may be lost, and what its host's
 * disk holds of it may be old, so nobody can speak for it) and is admitted on no run of the
 * server on which it has not told what it knew.
 */
export const HOLDERS = `
local holders = P .. 'holders'
local DOUBT = { d = 1, n = 2, u = 3 }
local function holder(value)
  local at, run, mode = string.match(value or '', '^(%d+) (%x*) (%a)$')
  return tonumber(at or 0), run, mode
end
-- Answers those that have not told what they knew since this run of the server began.
local function missing(run)
  local names, all = {}, redis.call('HGETALL', holders)
  for at = 1, #all, 2 do
    local _, its = holder(all[at + 1])
    if its ~= run then names[#names + 1] = all[at] end
  end
  return names
end
-- Forgets those whose intents cannot have been lost: silent for so long that all is on the disk, or (of another
-- run) sent only when they were there.
local function forget(isSafe)
  local now, all = fleetTime(), redis.call('HGETALL', holders)
  for at = 1, #all, 2 do
    local since, its, mode = holder(all[at + 1])
    if isSafe(since + ${ALIVE_MS} < now, its, mode) then redis.call('HDEL', holders, all[at]) end
  end
end
local function forgetSilent(run)
  forget(function(isSilent, its) return isSilent and its == run end)
end
-- A new run of the server may have lost what was on no disk. Creates wait until everyone who may know has told, at
-- most for a window. Answers the run, and until when at most.
local function noticeRun(window, mode)
  local run, is = server(), redis.call('HMGET', P .. 'meta', 'run', 'run_until', 'server')
  if is[1] == run then
    return run, count(is[2])
  end
  local before, till, isWaiting = is[1] or is[3] or '', 0, count(is[2]) > fleetTime()
  forget(function(isSilent, _, its) return its == 'd' or (isSilent and not isWaiting) end)
  -- Workers of older versions told nobody who they were.
  if not is[1] and before ~= '' and mode ~= 'd' then redis.call('HSET', holders, 'older', string.format('%.0f %s n', fleetTime(), before)) end
  if #missing(run) > 0 then till = stampedTime() + window end
  redis.call('HSET', P .. 'meta', 'run', run, 'run_until', string.format('%.0f', till))
  return run, till
end
-- Milliseconds for which creates wait at most for those who have not told.
local function waitsFor(run, till, names)
  local left = till - fleetTime()
  if left <= 0 or #names == 0 then return 0 end
  return left
end
`;
