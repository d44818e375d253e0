import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';

/** A Redis whose `TIME` is wrong by `wrongMs`, for scripts as well; keys expire by the right one. */
interface SteppedTime {
  readonly client: Redis;
  wrongMs: number;
}

export function steppedTime(url: string): SteppedTime {
  const client = new Redis(url);
  onTestFinished(() => client.disconnect());
  const stepped = { client, wrongMs: 0 };
  const run = client.eval.bind(client) as (...args: unknown[]) => Promise<unknown>;
  Object.assign(client, {
    evalsha: () => Promise.reject(new Error('NOSCRIPT: each script is sent again')),
    eval: (script: string, ...args: unknown[]) => run(shifted(script, stepped.wrongMs), ...args),
    time: async () => {
      const [seconds, rest] = (await run("return redis.call('TIME')", 0)) as [string, string];
      return [Number(seconds) + stepped.wrongMs / 1000, Number(rest)];
    },
  });
  return stepped;
}

function shifted(script: string, ms: number): string {
  const time = `(function() local t = redis.call('TIME') return {t[1] + ${ms / 1000}, t[2]} end)()`;
  return script.replaceAll("redis.call('TIME')", time);
}
