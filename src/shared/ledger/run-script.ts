import { createHash } from 'node:crypto';
import type { RedisConnection } from '../redis/redis-connection.ts';

const digests = new Map<string, string>();

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
    return await redis.evalsha(digestOf(script), keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return redis.eval(script, keys.length, ...keys, ...args);
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
  const digest = digestOf(script);
  const pipeline = redis.pipeline().script('LOAD', script);
  for (const { keys, args } of all) pipeline.evalsha(digest, keys.length, ...keys, ...args);
  const [, ...answers] = (await pipeline.exec()) ?? [];
  const failed = answers.find(([error]) => error !== null)?.[0];
  if (failed?.message.startsWith('NOSCRIPT')) {
    const anew = redis.pipeline();
    for (const { keys, args } of all) anew.eval(script, keys.length, ...keys, ...args);
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

function digestOf(script: string): string {
  const known = digests.get(script);
  if (known !== undefined) return known;
  const digest = createHash('sha1').update(script).digest('hex');
  digests.set(script, digest);
  return digest;
}
