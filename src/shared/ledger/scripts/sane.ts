/** No intent may be used for longer than that: a create of one that was lost leaves before. */
export const LONGEST_INTENT_MS = 10_000;

/**
 * Reads an import and checks that everything that a change needs is there and makes sense. To be put
 * behind the prelude.
 */
export const SANE = `
local STATES = { pending = 1, submitting = 1, creating = 1, unknown = 1, succeeded = 1, failed = 1, cancelled = 1 }
local function decoded(text)
  local isGood, value = pcall(cjson.decode, text)
  return isGood and type(value) == 'table' and value or nil
end
-- What is wrong, as a word; nothing where the import is as it has to be. Then also its fields.
local function examined(hash)
  local is = redis.pcall('HMGET', hash, 'state', 'held', 'batches', 'counted', 'request', 'detail', 'epoch', 'revision', 'registered_at', 'send_by')
  if is.err then return 'type' end
  if not is[1] and not is[5] then return 'missing' end
  local detail, batches = decoded(is[6] or '{}'), decoded(is[3] or '')
  local request = is[5] or ''
  if not STATES[is[1] or ''] or not detail or not batches or not tonumber(is[7]) then return 'fields' end
  if string.sub(request, 1, 1) ~= '{' or string.sub(request, -1) ~= '}' then return 'fields' end
  return nil, { state = is[1], held = is[2] == '1' and '1' or '0', batches = batches, counted = is[4] or '', detail = detail,
    revision = is[8], registered = is[9], sendBy = is[10] }
end
-- A key that is not of its kind is put aside for a week: nothing works with it there.
local function putAside(name)
  if redis.call('EXISTS', P .. name) == 0 then return end
  local aside = P .. 'damaged:' .. name
  redis.call('RENAME', P .. name, aside)
  redis.call('PEXPIRE', aside, 604800000)
end
`;
