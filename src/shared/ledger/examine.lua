-- include: prelude.lua
-- Reads an import and checks that everything a change needs is there and makes sense.

-- No intent may be used for longer than this: a create of one that was lost leaves before.
local LONGEST_INTENT_MS = 10000
local WEEK_MS = 604800000
local STATUSES = CONST.STATUSES
local IS_STATUS = setOf(STATUSES)
local function decoded(text)
  local isGood, value = pcall(cjson.decode, text)
  return isGood and type(value) == 'table' and value or nil
end
-- What is wrong, as a word; nil where the import is as it has to be, and then also its fields.
local function examined(hash)
  local is = redis.pcall('HMGET', hash, 'state', 'held', 'batches', 'counted', 'request', 'detail', 'epoch', 'revision', 'registered_at', 'send_by', 'sharing', 'marks')
  if is.err then return 'type' end
  if not is[1] and not is[5] then return 'missing' end
  local detail, batches = decoded(is[6] or '{}'), decoded(is[3] or '')
  local request = is[5] or ''
  if not IS_STATUS[is[1] or ''] or not detail or not batches or not tonumber(is[7]) then return 'fields' end
  if string.sub(request, 1, 1) ~= '{' or string.sub(request, -1) ~= '}' then return 'fields' end
  return nil, { state = is[1], held = is[2] == '1' and '1' or '0', batches = batches, counted = is[4] or '', detail = detail,
    revision = is[8], registered = is[9], sendBy = is[10],
    sharing = is[11] and decoded(is[11]), marks = is[12] or '' }
end
-- A key of the wrong type is moved aside and kept for a week.
local function putAside(name)
  if redis.call('EXISTS', P .. name) == 0 then return end
  local aside = P .. 'damaged:' .. name
  redis.call('RENAME', P .. name, aside)
  redis.call('PEXPIRE', aside, WEEK_MS)
end
