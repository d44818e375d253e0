import type { Redis } from 'ioredis';
import type { RedisConnection } from '../../src/shared/redis/redis-connection.ts';

/** One key of Redis; of a sorted set its members alone. */
export type Kept =
  | { readonly hash: Readonly<Record<string, string>> }
  | { readonly set: readonly string[] }
  | { readonly sorted: readonly string[] }
  | { readonly text: string };

/** All that a Redis holds that makes a difference: a power cut puts an older one in its place. */
export type Content = Readonly<Record<string, Kept>>;

/** A line of a script that is something else, or nothing: a safeguard is out. */
export interface Cut {
  readonly line: string;
  readonly instead: string;
}

export interface Server {
  readonly content: Content;
  /** Names the run of the server. */
  readonly run: number;
  /** What its wall clock says. */
  readonly wallMs: number;
  readonly cuts?: readonly Cut[];
}

/** A connection to a Redis that holds this, and what it holds after what was done over it. */
export interface Served {
  readonly connection: RedisConnection;
  content(): Content;
}

/** Runs the product's scripts in a real Redis, filled with what the model says. */
export class RedisAsValue {
  readonly #client: Redis;
  /** By script, then by all that it is given. */
  readonly #known = new Map<string, Map<string, readonly [unknown, Content]>>();
  readonly #digests = new Map<string, string>();
  readonly #cutOut = new Set<string>();

  constructor(client: Redis) {
    this.#client = client;
  }

  serve(server: Server): Served {
    let { content } = server;
    const run = async (script: string, keys: number, ...all: readonly string[]) => {
      const given = { keys: all.slice(0, keys), args: all.slice(keys) };
      const [answer, after] = await this.#run(script, { ...server, content }, given);
      content = after;
      return answer;
    };
    const call = (...words: readonly string[]) =>
      run('return redis.call(unpack(ARGV))', 0, ...words);
    const connection = {
      options: { db: 0 },
      evalsha: async () => {
        throw new Error('NOSCRIPT');
      },
      eval: run,
      publish: async () => 0,
      hset: (...words: string[]) => call('HSET', ...words),
      hget: (...words: string[]) => call('HGET', ...words),
      hmget: (...words: string[]) => call('HMGET', ...words),
      hgetall: async (name: string) => {
        const kept = content[name];
        return kept && 'hash' in kept ? kept.hash : {};
      },
    };
    return { connection: connection as unknown as RedisConnection, content: () => content };
  }

  /** Lines that were to be cut out, and that no script has. */
  notFound(cuts: readonly Cut[]): readonly string[] {
    return cuts.map(({ line }) => line).filter((line) => !this.#cutOut.has(line));
  }

  async #run(
    script: string,
    { content, run, wallMs, cuts = [] }: Server,
    given: { readonly keys: readonly string[]; readonly args: readonly string[] },
  ): Promise<readonly [unknown, Content]> {
    const text = cuts.reduce((left, cut) => this.#without(left, cut), script);
    const all = JSON.stringify({ content, run: run.toString(16), wallMs, ...given });
    const runs = this.#known.get(text) ?? new Map<string, readonly [unknown, Content]>();
    this.#known.set(text, runs);
    const before = runs.get(all);
    if (before) return before;
    const digest = this.#digests.get(text) ?? (await this.#client.script('LOAD', around(text)));
    this.#digests.set(text, String(digest));
    const ran = await this.#client.evalsha(String(digest), 0, all);
    const [answer, after] = ran as [unknown, string];
    const done = [answer, inOrder(JSON.parse(after) as Content)] as const;
    runs.set(all, done);
    return done;
  }

  #without(script: string, { line, instead }: Cut): string {
    if (!script.includes(line)) return script;
    this.#cutOut.add(line);
    return script.replaceAll(line, () => instead);
  }
}

/** The script, in a server whose content, wall clock and run are given. */
function around(script: string): string {
  return `
local REAL, GIVEN = redis, cjson.decode(ARGV[1])
REAL.call('FLUSHDB')
for name, kept in pairs(GIVEN.content) do
  for field, value in pairs(kept.hash or {}) do REAL.call('HSET', name, field, value) end
  for _, member in ipairs(kept.set or {}) do REAL.call('SADD', name, member) end
  for _, member in ipairs(kept.sorted or {}) do REAL.call('ZADD', name, 0, member) end
  if kept.text then REAL.call('SET', name, kept.text) end
end
local redis = {sha1hex = REAL.sha1hex}
function redis.call(name, ...)
  if name == 'TIME' then return {string.format('%.0f', math.floor(GIVEN.wallMs / 1000)), string.format('%.0f', GIVEN.wallMs % 1000 * 1000)} end
  return REAL.call(name, ...)
end
function redis.pcall(name, ...)
  if name == 'INFO' then return 'run_id:' .. GIVEN.run end
  return REAL.pcall(name, ...)
end
local function program(KEYS, ARGV)
${script}
end
local answer, content = program(GIVEN.keys, GIVEN.args), {}
for _, name in ipairs(REAL.call('KEYS', '*')) do
  local kind = REAL.call('TYPE', name).ok
  if kind == 'hash' then
    local hash, all = {}, REAL.call('HGETALL', name)
    for at = 1, #all, 2 do hash[all[at]] = all[at + 1] end
    content[name] = {hash = hash}
  elseif kind == 'set' then content[name] = {set = REAL.call('SMEMBERS', name)}
  elseif kind == 'zset' then content[name] = {sorted = REAL.call('ZRANGE', name, 0, -1)}
  elseif kind == 'string' then content[name] = {text = REAL.call('GET', name)}
  end
end
return {answer, cjson.encode(content)}
`;
}

/** What nothing that protects asks for. */
const IDLE_KEYS = /:(seq|changes|posts)$/;
const IDLE_FIELDS = new Set(['story', 'submitted_at', 'accepted_at', 'finished_at']);

function inOrder(content: Content): Content {
  const kept = Object.entries(content)
    .filter(([name]) => !IDLE_KEYS.test(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => [name, sorted(one)]);
  return Object.fromEntries(kept);
}

function sorted(kept: Kept): Kept {
  if ('set' in kept) return { set: kept.set.toSorted() };
  if (!('hash' in kept)) return kept;
  const fields = Object.entries(kept.hash).filter(([field]) => !IDLE_FIELDS.has(field));
  return { hash: Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

/** One field of a hash. */
export function fieldOf(content: Content, name: string, field: string): string | undefined {
  const kept = content[name];
  return kept && 'hash' in kept ? kept.hash[field] : undefined;
}

/** The same with other fields in a hash. */
export function withFields(
  content: Content,
  name: string,
  fields: Readonly<Record<string, string>>,
): Content {
  const kept = content[name];
  const before = kept && 'hash' in kept ? kept.hash : {};
  return inOrder({ ...content, [name]: { hash: { ...before, ...fields } } });
}
