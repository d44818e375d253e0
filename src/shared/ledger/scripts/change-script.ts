import { PRELUDE } from './prelude.ts';

/**
 * Compare-and-set. ARGV: prefix, key, expected state, epoch, revision, new state, held, due, now,
 * line of the story or '', then fields and values. Answers `{1, finished batches…}` or `{0}` when the entry has moved on.
 */
export const CHANGE_SCRIPT = `${PRELUDE}
local is = redis.call('HMGET', KEYS[1], 'state', 'epoch', 'revision', 'held')
if is[1] ~= ARGV[3] or is[2] ~= ARGV[4] or is[3] ~= ARGV[5] then return {0} end
local fields = {}
for i = 11, #ARGV do fields[#fields + 1] = ARGV[i] end
redis.call('HSET', KEYS[1], unpack(fields))
note(KEYS[1], ARGV[10])
local finished = move(ARGV[2], KEYS[1], is[1], is[4], ARGV[6], ARGV[7], ARGV[8], ARGV[9])
return {1, unpack(finished)}
`;
