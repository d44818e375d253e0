import { PRELUDE } from './prelude.ts';
import { LONGEST_INTENT_MS, SANE } from './sane.ts';

/** What the scripts that put a ledger right share; `answer` adds what was repaired, and how often. */
export const HEAL = `${PRELUDE}${SANE}
local repaired = {}
local function repair(what) repaired[what] = (repaired[what] or 0) + 1 end
-- Which of the keys hold a place, are due, are unknown.
local function holdings(keys)
  local of = { place = {}, due = {}, unknown = {} }
  if #keys == 0 then return of end
  for at, holds in ipairs(redis.call('SMISMEMBER', P .. 'inflight', unpack(keys))) do of.place[keys[at]] = holds == 1 end
  for _, set in ipairs({'due', 'unknown'}) do
    for at, score in ipairs(redis.call('ZMSCORE', P .. set, unpack(keys))) do of[set][keys[at]] = score and true or false end
  end
  return of
end
-- What follows from the state of an import: its fields, its place, when it is due, since when it is unknown.
local function fit(key, hash, is, of, due)
  local held = is.state == 'unknown' and is.detail.held == true and '1' or '0'
  if held ~= is.held then redis.call('HSET', hash, 'held', held) is.held = held repair('held') end
  local counted = trouble(hash, is.state, held)
  if counted ~= is.counted then
    redis.call('HSET', hash, 'counted', counted)
    -- An older version has written none.
    if is.counted ~= '' then repair('code') end
    is.counted = counted
  end
  -- Higher than every one that somebody has read.
  if not tonumber(is.revision) then redis.call('HSET', hash, 'revision', clock()) repair('revision') end
  if not tonumber(is.registered) then redis.call('HSET', hash, 'registered_at', stamp()) repair('registered_at') end
  -- When the window began is not known any more: it begins again.
  if (is.state == 'submitting' or is.state == 'unknown') and count(is.sendBy) == 0 then
    redis.call('HSET', hash, 'send_by', string.format('%.0f', stampedTime() + ${LONGEST_INTENT_MS}))
    repair('send_by')
  end
  local holds = inflight(is.state, held)
  if holds ~= of.place[key] then
    redis.call(holds and 'SADD' or 'SREM', P .. 'inflight', key)
    if not holds then redis.call('PUBLISH', P .. 'wake', 'place') end
    repair('place')
  end
  local isOpen = not ended(is.state) and held ~= '1'
  if isOpen ~= of.due[key] then
    if isOpen then redis.call('ZADD', P .. 'due', due, key) else redis.call('ZREM', P .. 'due', key) end
    repair('due')
  end
  local since, isUnknown = tonumber(is.detail.since) or fleetTime(), is.state == 'unknown'
  if isUnknown ~= of.unknown[key] then
    if isUnknown then redis.call('ZADD', P .. 'unknown', since, key) else redis.call('ZREM', P .. 'unknown', key) end
    repair('unknown')
  end
  return since
end
-- An image of an import belongs to somebody. Where it does not, the index has lost some: creates wait until it is built again.
local function owned(key, id)
  if type(id) ~= 'string' or redis.call('HEXISTS', ownerHash(id), id) == 1 then return end
  claim(id, key)
  redis.call('HSET', P .. 'meta', 'unindexed', '1')
  repair('owner')
end
-- The batch is there, and knows its place in the list of batches.
local function ensureBatch(name, created)
  local b = P .. 'b:' .. name
  if redis.call('ZADD', P .. 'batches', 'NX', redis.call('HGET', b, 'created_at') or created, name) == 1 then repair('batches') end
  if redis.call('HSETNX', b, 'created_at', redis.call('ZSCORE', P .. 'batches', name)) == 1 then repair('batch') end
  return b
end
local function answer(first)
  for what, times in pairs(repaired) do first[#first + 1] = what first[#first + 1] = times end
  return first
end
`;
