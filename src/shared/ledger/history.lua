-- include: prelude.lua
-- What the project did, for a week: field MINUTE of the hash is a minute that may still change, `1`, `10` and `60` are packed
-- intervals of that many minutes: 'INDEX succeeded failed inflight limit throttled;'. Minutes in which nothing happened are left out.
local HISTORY = P .. 'history'
-- Spans in minutes, and for how many minutes each is kept before it becomes part of the next one.
local SPANS = {{1, 120}, {10, 720}, {60, 10080}}
-- A clock that was ahead has written these.
local AHEAD = 60
-- Packed at once: where nobody has packed for days, the rest follows with the next reports.
local PACKED = 1000
-- Field `gaps`: 'FROM TO;' when no worker reported although images were in flight, the latest of them. `last`: the last such report.
local GAPS_KEPT = 20
local function noteGap(flying)
  local last = redis.call('HGET', HISTORY, 'last')
  if flying == 0 then
    if last then redis.call('HDEL', HISTORY, 'last') end
    return
  end
  if last and ARG.now - count(last) > ARG.patienceMs then
    local gaps = {}
    for gap in string.gmatch(redis.call('HGET', HISTORY, 'gaps') or '', '[^;]+;') do gaps[#gaps + 1] = gap end
    gaps[#gaps + 1] = string.format('%s %s;', last, ms(ARG.now))
    redis.call('HSET', HISTORY, 'gaps', table.concat(gaps, '', math.max(1, #gaps - GAPS_KEPT + 1)))
  end
  redis.call('HSET', HISTORY, 'last', ms(ARG.now))
end

local function merge(intervals, index, value)
  local has, more = counters(intervals[index]), counters(value)
  intervals[index] = packed(has[1] + more[1], has[2] + more[2], math.max(has[3], more[3]), more[4] > 0 and more[4] or has[4], has[5] + more[5])
end
local function unpacked(text)
  local intervals = {}
  for index, value in string.gmatch(text or '', '(%d+) ([^;]+);') do merge(intervals, tonumber(index), value) end
  return intervals
end
-- Intervals that are too old for their span become part of the next longer one.
local function fold(all, minute)
  for at, span in ipairs(SPANS) do
    local width, kept, longer = span[1], span[2], SPANS[at + 1]
    for index, value in pairs(all[at]) do
      local ends, coarse = (index + 1) * width, longer and math.floor(index * width / longer[1])
      if index * width > minute + AHEAD then all[at][index] = nil
      elseif longer and (coarse + 1) * longer[1] <= minute - kept then
        merge(all[at + 1], coarse, value)
        all[at][index] = nil
      elseif not longer and ends <= minute - kept then all[at][index] = nil end
    end
  end
end

-- script: note
-- What is in flight now, and what a worker has counted since it last reported. ARG: now (wall clock), limit, throttled (answers 429), keeps
-- (this worker reports what is in flight, and packs what has ended), patienceMs (a longer pause between two reports is a gap).
local minute = math.floor(ARG.now / 60000)
if ARG.throttled > 0 then tally(ARG.now, 0, 0, 0, 0, ARG.throttled) end
if not ARG.keeps then return 0 end
local flying = redis.call('SCARD', P .. 'inflight')
noteGap(flying)
if flying > 0 then tally(ARG.now, 0, 0, flying, ARG.limit, 0) end
local past = {}
for _, field in ipairs(redis.call('HKEYS', HISTORY)) do
  local index = #past < PACKED and tonumber(field)
  if index and index > 60 and (index < minute - 1 or index > minute + AHEAD) then past[#past + 1] = field end
end
if #past == 0 then return 0 end
local texts, all = redis.call('HMGET', HISTORY, '1', '10', '60'), {}
for at in ipairs(SPANS) do all[at] = unpacked(texts[at]) end
for _, field in ipairs(past) do merge(all[1], tonumber(field), redis.call('HGET', HISTORY, field)) end
fold(all, minute)
redis.call('HDEL', HISTORY, unpack(past))
for at, span in ipairs(SPANS) do
  local indexes, lines = {}, {}
  for index in pairs(all[at]) do indexes[#indexes + 1] = index end
  table.sort(indexes)
  for line, index in ipairs(indexes) do lines[line] = string.format('%d %s;', index, all[at][index]) end
  redis.call('HSET', HISTORY, tostring(span[1]), table.concat(lines))
end
return #past
