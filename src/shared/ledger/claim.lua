-- Databases of one server share the claims, which are in database 0: a script may look into another database than
-- that of its connection. In a cluster there is only database 0.
local function within(database, own, run)
  if database == own then return run() end
  redis.call('SELECT', database)
  local answer = run()
  redis.call('SELECT', own)
  return answer
end

-- script: swap
-- Reads the claim of a project, and replaces it when it is still the expected one. KEYS[1] is the claim. ARG: database
-- (its own), expected ('' = none), claim (absent = only read). Returns the claim.
return within(0, ARG.database, function()
  local is = redis.call('GET', KEYS[1]) or ''
  if not ARG.claim or is ~= ARG.expected then return is end
  redis.call('SET', KEYS[1], ARG.claim)
  return ARG.claim
end)

-- script: hold
-- Notes in the ledger which claim it holds: admission checks it. KEYS[1] is `meta`. ARG: claim, number (of the claim), claimKey
-- (absent in a cluster: scripts of the ledger cannot read it there), projectId, schema. Returns 0 when this claim was moved
-- away meanwhile.
if tonumber(redis.call('HGET', KEYS[1], 'claim_lost') or 0) >= ARG.number then return 0 end
redis.call('HSETNX', KEYS[1], 'schema', ARG.schema)
redis.call('HSETNX', KEYS[1], 'project_id', ARG.projectId)
redis.call('HSET', KEYS[1], 'claim', ARG.claim)
if ARG.claimKey then redis.call('HSET', KEYS[1], 'claim_key', ARG.claimKey) else redis.call('HDEL', KEYS[1], 'claim_key') end
return 1

-- script: release
-- Counts the open imports of another ledger, and takes its claim from it if there is none. KEYS[1] is its `meta`. ARG: prefix and
-- database (of that ledger), own (database), number (of its claim; 0 = only count).
return within(ARG.database, ARG.own, function()
  local P = ARG.prefix
  local open = redis.call('ZCARD', P .. 'due')
  -- A held import is never due.
  for _, key in ipairs(redis.call('ZRANGE', P .. 'unknown', 0, -1)) do
    if not redis.call('ZSCORE', P .. 'due', key) then open = open + 1 end
  end
  if open == 0 and ARG.number > 0 and redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HDEL', KEYS[1], 'claim')
    redis.call('HSET', KEYS[1], 'claim_lost', ARG.number)
  end
  return open
end)
