-- include: holders.lua

-- script: report
-- A worker reports the highest generation it has seen, and registers on this run of the server. Where the ledger is behind, it
-- has lost intents, and where it is doubted, it has lost imports: creates are frozen for a window. ARG: seen, window
-- (milliseconds), worker, mode, speaksFor (workers that are gone and whose numbers it brings). Returns {generation, milliseconds for
-- which creates are frozen (0 = not), 1 when this call began that, schema, 1 when it was registered before, those that have not reported}.
local meta = fieldsOf(KEYS[1], 'generation', 'frozen_until', 'schema', 'doubted')
local schema = tonumber(meta.schema or 0)
local generation, frozen, seen = count(meta.generation), count(meta.frozen_until), ARG.seen
local now, run = fleetTime(), noticeRun(ARG.window, ARG.mode)
for _, name in ipairs(ARG.speaksFor) do
  local _, its, mode = holder(redis.call('HGET', holders, name))
  if its ~= run and mode ~= 'u' then redis.call('HDEL', holders, name) end
end
forgetSilent(run)
local _, _, mode = holder(redis.call('HGET', holders, ARG.worker))
local wasKnown = (RISK[mode] or 0) >= RISK[ARG.mode] and 1 or 0
redis.call('HSET', holders, ARG.worker, string.format('%.0f %s %s', now, run, ARG.mode))
local names = missing(run)
if generation >= seen and not meta.doubted then return {generation, math.max(0, frozen - now), 0, schema, wasKnown, names} end
frozen = math.max(frozen, stampedTime() + ARG.window)
generation = math.max(generation, seen)
redis.call('HSET', KEYS[1], 'generation', generation, 'frozen_until', ms(frozen))
redis.call('HDEL', KEYS[1], 'doubted')
return {generation, frozen - now, 1, schema, wasKnown, names}

-- script: leave
-- A worker that has reported and sends no more: nobody has to wait for it. ARG: worker.
return redis.call('HDEL', holders, ARG.worker)

-- script: beginScan
-- Returns {stamp, the fleet's time, this run of the server, the run that was scanned last, how many have not reported, milliseconds
-- to wait for them at most}. ARG: window (milliseconds).
local at, run, till = stamp(), noticeRun(ARG.window, 'n')
local names = missing(run)
return {at, ms((fleetTime())), run, redis.call('HGET', KEYS[1], 'server') or '', #names, waitsFor(run, till, names)}

-- script: scanned
-- A complete scan of the image list has ended. It counts only on the run of the server on which it began, and when
-- creates wait for nobody any more. ARG: at (stamp), time (the fleet's, at its begin), run.
local run, till = server(), count(redis.call('HGET', KEYS[1], 'run_until'))
local names = missing(run)
if run ~= ARG.run or waitsFor(run, till, names) > 0 then return 0 end
for _, name in ipairs(names) do redis.call('HDEL', holders, name) end
redis.call('HSET', KEYS[1], 'scanned_at', ARG.at, 'scanned_time', ARG.time, 'server', run, 'run', run, 'run_until', 0)
return 1

-- script: waiting
-- Why creates wait: {milliseconds, how many have not reported}.
local meta, run = fieldsOf(KEYS[1], 'frozen_until', 'run', 'run_until', 'doubted'), server()
local frozen, names = math.max(0, count(meta.frozen_until) - fleetTime()), missing(run)
local waits = meta.run == run and waitsFor(run, count(meta.run_until), names) or 0
-- The next report begins the wait and sets its length.
if meta.doubted then frozen = math.max(frozen, stampedTime() - fleetTime()) end
return {math.max(frozen, waits), waits > frozen and #names or 0}

-- script: trust
-- A person vouches for what Redis holds. Returns how many waits this ended.
local run = server()
local till, names = count(redis.call('HGET', KEYS[1], 'run_until')), missing(run)
local ended = waitsFor(run, till, names) > 0 and 1 or 0
for _, name in ipairs(names) do redis.call('HDEL', holders, name) end
redis.call('HSET', KEYS[1], 'run', run, 'run_until', 0)
redis.call('HDEL', KEYS[1], 'scanned_at')
return ended + redis.call('HDEL', KEYS[1], 'frozen_until', 'doubted')
