-- include: prelude.lua

-- script: read
-- Returns {time, longest step, tick, Redis' wall clock}.
local now, step, tick = fleetTime()
return {ms(now), step, tick, ms(clock())}

-- script: tick
-- Adds the time that passed, by the caller's monotonic clock, since the caller read the current tick. For another tick it
-- adds nothing: that time was already added, or the ledger was restored from a backup. One worker at a time does this
-- (lease), so that ticks are long; were it two, each moment would still count once. ARG: worker, tick (that was read), passed
-- (milliseconds since then), next (name of the next tick), step (the longest), lease (its life in milliseconds). Returns what
-- `read` does, and 1 for the worker that has the lease.
local now, step, tick = fleetTime()
local lease, life, isOurs = P .. 'lease:time', ARG.lease, 0
local owner = redis.call('GET', lease)
-- A wall clock that was set back would keep the lease of a worker that is gone.
if owner and owner ~= ARG.worker and redis.call('PTTL', lease) > life then redis.call('PEXPIRE', lease, life) end
if not owner or owner == ARG.worker then
  isOurs = 1
  redis.call('SET', lease, ARG.worker, 'PX', life)
  if tick == ARG.tick or tick == '' then
    if tick ~= '' then now = now + math.max(0, math.min(ARG.passed, step)) end
    tick, step = ARG.next, ARG.step
    redis.call('HSET', P .. 'meta', 'time', ms(now), 'tick', tick, 'step', step)
  end
end
return {ms(now), step, tick, ms(clock()), isOurs}

-- script: cooling
-- Milliseconds for which a kind of call pauses. ARG: kind.
return cooling(ARG.kind)

-- script: cool
-- Begins a pause, or extends it; it never gets shorter. ARG: kind, pause (milliseconds, as it is stored).
local key, left = P .. 'cool:' .. ARG.kind, cooling(ARG.kind)
if left < tonumber(ARG.pause) then redis.call('SET', key, ARG.pause, 'PX', ARG.pause) end
return left
