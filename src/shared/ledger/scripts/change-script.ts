import { PRELUDE } from './prelude.ts';

/**
 * Compare-and-set. ARGV: prefix, key, expected state, epoch, revision, new state, held, due, now,
 * line of the story or '', then fields and values. Answers `{1, finished batches…}` or `{0}` when the entry has moved on.
 */
export const CHANGE_SCRIPT = `${PRELUDE}
local is = known(KEYS[1])
if is.state ~= ARGV[3] or is.epoch ~= ARGV[4] or is.revision ~= ARGV[5] then return {0} end
local fields = {}
for i = 11, #ARGV do fields[#fields + 1] = ARGV[i] end
local to = { state = ARGV[6], held = ARGV[7], due = ARGV[8], line = ARGV[10] }
return {1, unpack(move(ARGV[2], KEYS[1], is, to, fields, ARGV[9]))}
`;
