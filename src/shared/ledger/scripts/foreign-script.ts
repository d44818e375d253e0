/** More are not counted: the alarm is loud enough. */
const MOST = 10_000;

/**
 * Notes images of another installation, each once. KEYS: the open alarm (hash), every image that was
 * noted (set). ARGV: image id and its fields, of each. Answers the ids that are new.
 */
export const NOTE_FOREIGN_SCRIPT = `
local news = {}
if redis.call('SCARD', KEYS[2]) >= ${MOST} then return news end
for at = 1, #ARGV, 2 do
  if redis.call('SADD', KEYS[2], ARGV[at]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
    news[#news + 1] = ARGV[at]
  end
end
return news
`;
