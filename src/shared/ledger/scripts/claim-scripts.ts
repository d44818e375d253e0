/**
 * Databases of one server share the claims, which stand in database 0: a script may look into another
 * database than that of its connection. In a cluster there is only database 0.
 */
const WITHIN = `
local function within(database, own, run)
  if database == own then return run() end
  redis.call('SELECT', database)
  local answer = run()
  redis.call('SELECT', own)
  return answer
end
`;

/**
 * Reads the claim of a project, and replaces it when it is still as it was read. KEYS[1]: the claim.
 * ARGV: own database, claim that is expected ('' = none), new claim ('' = only read). Answers the claim.
 */
export const CLAIM_SCRIPT = `${WITHIN}
return within('0', ARGV[1], function()
  local is = redis.call('GET', KEYS[1]) or ''
  if ARGV[3] == '' or is ~= ARGV[2] then return is end
  redis.call('SET', KEYS[1], ARGV[3])
  return ARGV[3]
end)
`;

/**
 * Notes in the ledger which claim it holds: admission looks at it. KEYS[1]: meta. ARGV: claim, its number,
 * name of the claim ('' in a cluster: scripts of the ledger cannot read it there), project, schema.
 * Answers 0 when this claim was moved away meanwhile.
 */
export const HOLD_SCRIPT = `
if tonumber(redis.call('HGET', KEYS[1], 'claim_lost') or 0) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSETNX', KEYS[1], 'schema', ARGV[5])
redis.call('HSETNX', KEYS[1], 'project_id', ARGV[4])
redis.call('HSET', KEYS[1], 'claim', ARGV[1])
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], 'claim_key') else redis.call('HSET', KEYS[1], 'claim_key', ARGV[3]) end
return 1
`;

/**
 * Counts the open imports of another ledger, and takes its claim from it where there is none. KEYS[1]: its
 * meta. ARGV: its prefix, its database, own database, number of its claim (0 = only count).
 */
export const RELEASE_SCRIPT = `${WITHIN}
return within(ARGV[2], ARGV[3], function()
  local P, number = ARGV[1], tonumber(ARGV[4])
  local open = redis.call('ZCARD', P .. 'due')
  local function count(keys)
    for _, key in ipairs(keys) do
      if not redis.call('ZSCORE', P .. 'due', key) then open = open + 1 end
    end
  end
  -- What is held for a person is never due.
  count(redis.call('ZRANGE', P .. 'unknown', 0, -1))
  if open == 0 and number > 0 and redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HDEL', KEYS[1], 'claim')
    redis.call('HSET', KEYS[1], 'claim_lost', number)
  end
  return open
end)
`;

/**
 * For the prelude of admission: does this ledger hold its project? One server tells both in one step; in
 * a cluster the claim is on another server, and what the ledger has noted has to do. A ledger that no
 * login has bound is nobody's.
 */
export const HOLDS = `
local function holdsProject()
  local is = redis.call('HMGET', P .. 'meta', 'project_id', 'claim', 'claim_key')
  if not is[1] then return true end
  if not is[2] or not is[3] then return is[2] and true or false end
  local own = string.match(is[2], '"database":(%d+)')
  if own ~= '0' then redis.call('SELECT', 0) end
  local claim = redis.call('GET', is[3])
  if own ~= '0' then redis.call('SELECT', own) end
  return claim == is[2]
end
`;
