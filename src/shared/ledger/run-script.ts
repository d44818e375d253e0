import { createHash } from 'node:crypto';
import type { RedisConnection } from '../redis/redis-connection.ts';

interface Script {
  readonly text: string;
  readonly digest: string;
}

const scripts = new Map<string, Script>();

interface Given {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** Runs a Lua script by its digest; Redis is given the text only when it does not know it. */
export async function runScript(
  redis: RedisConnection,
  script: string,
  given: Given,
): Promise<unknown> {
  const { keys, args } = given;
  try {
    return await redis.evalsha(scriptOf(script).digest, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return redis.eval(scriptOf(script).text, keys.length, ...keys, ...args);
  }
}

/**
 * Runs a Lua script once for each of `all`, in their order and in one pipeline; Redis is given the
 * text once. A script that may be run again: all of it is, should Redis forget the text meanwhile.
 */
export async function runScriptForAll(
  redis: RedisConnection,
  script: string,
  all: readonly Given[],
): Promise<readonly unknown[]> {
  const { digest, text } = scriptOf(script);
  const pipeline = redis.pipeline().script('LOAD', text);
  for (const { keys, args } of all) pipeline.evalsha(digest, keys.length, ...keys, ...args);
  const [, ...answers] = (await pipeline.exec()) ?? [];
  const failed = answers.find(([error]) => error !== null)?.[0];
  if (failed?.message.startsWith('NOSCRIPT')) {
    const anew = redis.pipeline();
    for (const { keys, args } of all) anew.eval(text, keys.length, ...keys, ...args);
    return answersOf((await anew.exec()) ?? []);
  }
  return answersOf(answers);
}

function answersOf(answers: readonly (readonly [Error | null, unknown])[]): readonly unknown[] {
  return answers.map(([error, answer]) => {
    if (error) throw error;
    return answer;
  });
}

/** Redis keeps the text of every script: without comments and indents it takes a quarter less. */
function scriptOf(script: string): Script {
  const known = scripts.get(script);
  if (known !== undefined) return known;
  const text = script.replaceAll(/^[ \t]*--.*\n|^ +/gm, '');
  const digest = createHash('sha1').update(text).digest('hex');
  scripts.set(script, { text, digest });
  return { text, digest };
}
