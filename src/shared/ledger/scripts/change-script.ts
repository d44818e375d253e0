import { PRELUDE } from './prelude.ts';

/**
 * Compare-and-set. ARGV: prefix, key, expected state, epoch, revision, new state, held, due, now,
 * line of the story or '', images that it needs, images that it takes where nobody has them (both with spaces between),
 * whether it may have an image that nobody knows (yes | no | as before), an image that it gives back or '', then fields and
 * values. Answers `{1, finished batches…}`, `{0}` when the entry has moved on, or `{2, image, owner}` when another import has one that it needs.
 */
export const CHANGE_SCRIPT = `${PRELUDE}
local is = known(KEYS[1])
if is.state ~= ARGV[3] or is.epoch ~= ARGV[4] or is.revision ~= ARGV[5] then return {0} end
-- Another import has it: two with one image would be one image too few.
for id in string.gmatch(ARGV[11], '%S+') do
  local owner = redis.call('HGET', ownerHash(id), id)
  if owner and owner ~= ARGV[2] then return {2, id, owner} end
end
for id in string.gmatch(ARGV[11] .. ' ' .. ARGV[12], '%S+') do claim(id, ARGV[2]) end
if ARGV[13] ~= 'as before' then mayHaveLeft(ARGV[2], ARGV[13] == 'yes') end
local back = ARGV[14]
if back ~= '' and redis.call('HGET', ownerHash(back), back) == ARGV[2] then unclaim(back) end
local fields = {}
for i = 15, #ARGV do fields[#fields + 1] = ARGV[i] end
local to = { state = ARGV[6], held = ARGV[7], due = ARGV[8], line = ARGV[10] }
return {1, unpack(move(ARGV[2], KEYS[1], is, to, fields, ARGV[9]))}
`;
