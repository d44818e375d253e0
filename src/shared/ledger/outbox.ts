import { z } from 'zod';
import type { ImportKey } from '../image/import-key.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { FLAG, luaFile, StorePart } from './scripts.ts';

const LUA = luaFile('outbox.lua');
const SERVE = LUA.script('serve', z.string());
const TAKE = LUA.script('take', FLAG);
const SETTLE = LUA.script('settle', FLAG);
const ANNOUNCE_HELD = LUA.script('announceHeld', FLAG);

const EVENT_TYPES = [
  'batch.finished',
  'images.held',
  'project.stopped',
  'project.resumed',
] as const;
const eventSchema = z.object({
  type: z.enum(EVENT_TYPES),
  batch: z.string().exactOptional(),
  /** JSON, by type. */
  facts: z.string(),
  joined: z.string().exactOptional(),
});

/** Something that people may be notified of, as the script wrote it that made it happen. */
export interface LedgerEvent extends Readonly<z.infer<typeof eventSchema>> {
  /** Of the stream: milliseconds since 1970 by the clock of Redis, and a number. */
  readonly id: string;
}

/** Who is notified, and whether that works. */
export interface TargetState {
  readonly name: string;
  readonly host: string;
  /** False: no worker has it in its settings any more. */
  readonly isServed: boolean;
  readonly delivered: number;
  /** Given up, or refused for good. */
  readonly dropped: number;
  readonly waiting: number;
  /** Wall clock. */
  readonly failingSince?: number;
  readonly reason?: string;
}

interface Due {
  readonly id: string;
  /** How often it was tried before. */
  readonly tries: number;
}

type Settled =
  | { readonly outcome: 'delivered' }
  /** It is no longer true. */
  | { readonly outcome: 'obsolete' }
  /** `at`: of the next attempt, by the fleet's time. `now`: wall clock. */
  | {
      readonly outcome: 'failed';
      readonly at: number;
      readonly reason: string;
      readonly now: number;
    }
  | { readonly outcome: 'dropped'; readonly reason: string; readonly now: number };

/** After this long without a worker that serves it, by the fleet's time, a target is a new one. */
export const FORGOTTEN_MS = 3 * 24 * 3_600_000;

/** A worker serves its targets every few seconds. */
const UNSERVED_MS = 600_000;

/**
 * Events, and for each target which of them are on their way. An event is written by the script that makes it
 * happen. Targets are known by name and host only: addresses and secrets never come here.
 */
export class Outbox extends StorePart {
  /** Returns the last event that was taken over for the target; of a new one, the latest there is. */
  serve(target: string, host: string, now: number): Promise<string> {
    return this.run(SERVE, this.keys.notify, { target, host, now, forgottenMs: FORGOTTEN_MS });
  }

  /** The oldest first. One that cannot be read is left out. */
  async eventsAfter(cursor: string, count: number) {
    const found = await this.redis.xrange(this.keys.events, `(${cursor}`, '+', 'COUNT', count);
    return {
      events: found.flatMap(([id, fields]) => eventOf(id, fields) ?? []),
      last: found.at(-1)?.[0] ?? cursor,
    };
  }

  async event(id: string): Promise<LedgerEvent | undefined> {
    const [found] = await this.redis.xrange(this.keys.events, id, id);
    return found && eventOf(...found);
  }

  /** False when another worker has taken them over. */
  take(
    target: string,
    { from, to, due }: { from: string; to: string; due: readonly { id: string; at: number }[] },
  ): Promise<boolean> {
    return this.run(TAKE, this.keys.notify, { target, from, to, due });
  }

  async due(target: string, now: number, count: number): Promise<readonly Due[]> {
    const box = this.keys.outbox(target);
    const ids = await this.redis.zrange(box, '-inf', String(now), 'BYSCORE', 'LIMIT', 0, count);
    if (ids.length === 0) return [];
    const fields = ids.map((id) => `${target} ${id}`);
    const tries = await this.redis.hmget(this.keys.notify, ...fields);
    return ids.map((id, at) => ({ id, tries: Number(tries[at] ?? 0) || 0 }));
  }

  settle(target: string, id: string, settled: Settled): Promise<boolean> {
    return this.run(SETTLE, this.keys.notify, { target, id, ...settled });
  }

  /** Every target that a worker has served, by name. */
  async targets(): Promise<readonly TargetState[]> {
    const hash = await this.redis.hgetall(this.keys.notify);
    if (Object.keys(hash).length === 0) return [];
    const now = Number(await this.redis.hget(this.keys.meta, 'time'));
    const names = Object.keys(hash).flatMap((field) => /^(\S+) host$/.exec(field)?.[1] ?? []);
    return Promise.all(
      names.sort().map(async (name) => {
        const of = (field: string): string | undefined => hash[`${name} ${field}`];
        const failingSince = of('failing_since');
        return omitUndefined({
          name,
          host: of('host') ?? '',
          isServed: now - Number(of('served_at') ?? 0) < UNSERVED_MS,
          delivered: Number(of('delivered') ?? 0),
          dropped: Number(of('dropped') ?? 0),
          waiting: await this.redis.zcard(this.keys.outbox(name)),
          failingSince: failingSince === undefined ? undefined : Number(failingSince),
          reason: of('reason'),
        });
      }),
    );
  }

  /** Held imports of which nobody was notified yet. */
  async heldNew(): Promise<readonly ImportKey[]> {
    return this.redis.smembers(this.keys.heldNew);
  }

  /** False when another worker has announced some of them, or some are no longer held. */
  announceHeld(
    keys: readonly ImportKey[],
    events: readonly { batch: string; facts: string }[],
  ): Promise<boolean> {
    return this.run(ANNOUNCE_HELD, this.keys.heldNew, { keys, events });
  }
}

function eventOf(id: string, fields: readonly string[]): LedgerEvent | undefined {
  const pairs = fields.flatMap((field, at) => (at % 2 === 0 ? [[field, fields[at + 1]]] : []));
  const read = eventSchema.safeParse(Object.fromEntries(pairs));
  return read.success ? { id, ...read.data } : undefined;
}
