-- include: prelude.lua
-- Who may have held an intent that Redis has lost. Each worker registers in `holders`: the fleet's time, the run of
-- the server, and `d` (its intents are on the disk before their POST leaves, whatever happens to the server), `n`
-- (they may be lost) or `u` (they may be lost, and its host's disk may hold an old number, so nobody can speak
-- for it). It is admitted on no run of the server on which it has not reported.

-- A worker that was silent for this long is not admitted before it has registered again.
local ALIVE_MS = 60000
local holders = P .. 'holders'
local RISK = { d = 1, n = 2, u = 3 }
local function holder(value)
  local at, run, mode = string.match(value or '', '^(%d+) (%x*) (%a)$')
  return tonumber(at or 0), run, mode
end
-- Returns those that have not reported since this run of the server began.
local function missing(run)
  local names, all = {}, redis.call('HGETALL', holders)
  for at = 1, #all, 2 do
    local _, its = holder(all[at + 1])
    if its ~= run then names[#names + 1] = all[at] end
  end
  return names
end
-- Forgets those whose intents cannot have been lost: silent for so long that everything is on the disk, or (of
-- another run) sent only after that.
local function forget(isSafe)
  local now, all = fleetTime(), redis.call('HGETALL', holders)
  for at = 1, #all, 2 do
    local since, its, mode = holder(all[at + 1])
    if isSafe(since + ALIVE_MS < now, its, mode) then redis.call('HDEL', holders, all[at]) end
  end
end
local function forgetSilent(run)
  forget(function(isSilent, its) return isSilent and its == run end)
end
-- A new run of the server may have lost what was on no disk. Creates wait until every worker that may know has
-- reported, for a window at most. Returns the run, and until when creates wait at most.
local function noticeRun(window, mode)
  local run, is = server(), fieldsOf(P .. 'meta', 'run', 'run_until', 'server')
  if is.run == run then
    return run, count(is.run_until)
  end
  local before, till, isWaiting = is.run or is.server or '', 0, count(is.run_until) > fleetTime()
  forget(function(isSilent, _, its) return its == 'd' or (isSilent and not isWaiting) end)
  -- Workers of older versions did not register.
  if not is.run and before ~= '' and mode ~= 'd' then redis.call('HSET', holders, 'older', string.format('%.0f %s n', fleetTime(), before)) end
  if #missing(run) > 0 then till = stampedTime() + window end
  redis.call('HSET', P .. 'meta', 'run', run, 'run_until', ms(till))
  return run, till
end
-- Milliseconds for which creates wait at most for those that have not reported.
local function waitsFor(run, till, names)
  local left = till - fleetTime()
  if left <= 0 or #names == 0 then return 0 end
  return left
end
