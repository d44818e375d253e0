/**
 * Takes a lease, or renews it for its owner; answers 0 when somebody else has it. Its life time goes by
 * Redis' wall clock: where that was set back, nobody may keep a lease for longer than was asked for.
 * ARGV: owner, milliseconds.
 */
export const LEASE_SCRIPT = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;

/** Gives a lease back; nothing where somebody else has it. ARGV: owner. */
export const RELEASE_SCRIPT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;
