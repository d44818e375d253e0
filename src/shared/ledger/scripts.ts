import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { RedisConnection } from '../redis/redis-connection.ts';
import {
  ENDED_STATUSES,
  IN_FLIGHT_STATUSES,
  OPEN_STATUSES,
  OWN_IMAGE_STATUSES,
  STATUSES,
} from '../state/machine.ts';
import { LEDGER_LOST } from '../state/rules.ts';
import type { LedgerKeys } from './ledger-keys.ts';

/** The feed keeps this many changes; a reader that falls further behind reads everything again. */
export const MOST_CHANGES = 10_000;
/** What people may be notified of: the ledger keeps the latest. */
const MOST_EVENTS = 1000;
/** Small hashes that record which import has an image. */
export const OWNER_HASHES = 1024;

/** IMS: copies of images at once, across regions. Within one it documents none; the same is assumed. */
export const MOST_COPIES = 5;

/** What the scripts share with TypeScript: `CONST.NAME` in a `.lua` file. */
export const CONSTANTS: Readonly<Record<string, string | number | readonly string[]>> = {
  STATUSES,
  ENDED_STATUSES,
  IN_FLIGHT_STATUSES,
  OPEN_STATUSES,
  OWN_IMAGE_STATUSES,
  LEDGER_LOST,
  MOST_CHANGES,
  MOST_EVENTS,
  OWNER_HASHES,
  MOST_COPIES,
};

/** A Lua script, and the shape of what it returns. */
export interface Script<T> {
  readonly name: string;
  readonly text: string;
  readonly digest: string;
  readonly answer: z.ZodType<T>;
}

/** What scripts are given as JSON. Numbers that Redis stores go as text: Lua may write them differently. */
export type Json =
  | string
  | number
  | boolean
  | undefined
  | readonly Json[]
  | { readonly [field: string]: Json };

export interface Call {
  readonly key: string;
  readonly arg: { readonly [field: string]: Json };
}

/** Scripts that have nothing to report. */
export const NO_ANSWER = z.unknown();
/** 1 for yes. */
export const FLAG = z.number().transform((number) => number === 1);

const ARGUMENT = 'local ARG = cjson.decode(ARGV[1])\n';
const SCRIPT = /^-- script: (\w+)$/m;

/**
 * Reads a file of this folder. What comes before its first `-- script: NAME` belongs to every script of it,
 * and so does the file that its first line includes.
 */
export function luaFile(file: string) {
  const [head = '', ...sections] = withIncludes(file).split(SCRIPT);
  const texts = new Map<string, string>();
  for (let at = 0; at < sections.length; at += 2) {
    texts.set(sections[at] ?? '', sections[at + 1] ?? '');
  }
  return {
    scripts: [...texts.keys()],
    script: <T>(name: string, answer: z.ZodType<T>): Script<T> => {
      const body = texts.get(name);
      if (body === undefined) throw new TypeError(`${file} has no script ${name}`);
      const text = withConstants(stripped(`${ARGUMENT}${head}${body}`));
      const digest = createHash('sha1').update(text).digest('hex');
      return { name, text, digest, answer };
    },
  };
}

function withIncludes(file: string): string {
  const text = readFileSync(new URL(`./${file}`, import.meta.url), 'utf8');
  const [, included] = /^-- include: (\S+)\n/.exec(text) ?? [];
  return included === undefined ? text : `${withIncludes(included)}${text}`;
}

/** Redis keeps the text of every script: without comments and indents it takes a quarter less. */
function stripped(text: string): string {
  return text.replaceAll(/^[ \t]*--.*\n|^ +|^\n/gm, '');
}

function withConstants(text: string): string {
  return text.replaceAll(/\bCONST\.(\w+)/g, (_, name) => {
    const value = CONSTANTS[name];
    if (value === undefined) throw new TypeError(`there is no constant ${name} for Lua`);
    if (typeof value === 'number') return String(value);
    if (typeof value === 'string') return `'${value}'`;
    return `{${value.map((one) => `'${one}'`).join(', ')}}`;
  });
}

/** Runs a script by its digest; Redis is sent the text only when it does not know it. */
export async function runScript<T>(
  redis: RedisConnection,
  script: Script<T>,
  { key, arg }: Call,
): Promise<T> {
  const json = toJson(arg);
  try {
    return checked(script, await redis.evalsha(script.digest, 1, key, json));
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return checked(script, await redis.eval(script.text, 1, key, json));
  }
}

/** A part of the ledger: a connection, and the names of its keys. */
export abstract class StorePart {
  protected readonly redis: RedisConnection;
  readonly keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.redis = redis;
    this.keys = keys;
  }

  /** Runs a script on a key of the ledger. */
  protected run<T>(script: Script<T>, key: string, arg: Call['arg'] = {}): Promise<T> {
    const { prefix } = this.keys;
    return runScript(this.redis, script, { key, arg: { prefix, ...arg } });
  }
}

/**
 * Runs a script once for each of `calls`, in order and in one pipeline; Redis is sent the text once. The
 * script must be repeatable: all calls run again should Redis forget the text meanwhile.
 */
export async function runScriptForAll<T>(
  redis: RedisConnection,
  script: Script<T>,
  calls: readonly Call[],
): Promise<readonly T[]> {
  const { digest, text } = script;
  const pipeline = redis.pipeline().script('LOAD', text);
  for (const { key, arg } of calls) pipeline.evalsha(digest, 1, key, toJson(arg));
  let answers = (await execute(pipeline, 'NOSCRIPT')).slice(1);
  if (answers.includes(undefined)) {
    const again = redis.pipeline();
    for (const { key, arg } of calls) again.eval(text, 1, key, toJson(arg));
    answers = await execute(again);
  }
  return answers.map((answer) => checked(script, answer));
}

/** Answers of a pipeline, in order; `undefined` for each that was refused with the tolerated error. */
export async function execute(
  pipeline: Pick<ReturnType<RedisConnection['pipeline']>, 'exec'>,
  tolerated?: 'WRONGTYPE' | 'NOSCRIPT',
): Promise<unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, answer]) => {
    if (!error) return answer;
    if (tolerated === undefined || !error.message.startsWith(tolerated)) throw error;
    return undefined;
  });
}

/** Lua cannot read half a character, which a text that was cut may end with. */
function toJson(arg: Call['arg']): string {
  return JSON.stringify(arg, (_, value) =>
    typeof value === 'string' ? value.toWellFormed() : value,
  );
}

/** @throws TypeError when the script returned something else */
function checked<T>({ name, answer }: Script<T>, value: unknown): T {
  const result = answer.safeParse(value);
  if (result.success) return result.data;
  const what = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw new TypeError(`Redis script ${name} returned an unexpected answer: ${what.join('; ')}`);
}
