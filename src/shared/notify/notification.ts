import { createHash } from 'node:crypto';
import { z } from 'zod';
import { plain } from '../cloud/http/answer.ts';
import { type BatchSummary, batchFromHash } from '../ledger/batch-store.ts';
import type { LedgerEvent } from '../ledger/outbox.ts';
import { type Stop, stopSchema } from '../ledger/project-store.ts';
import { parseJson } from '../text/parse-json.ts';

/** What is sent, as JSON: a stable format. Fields are only added. */
export interface Notification {
  readonly version: 1;
  /** The same in every attempt to deliver it. */
  readonly id: string;
  readonly type: LedgerEvent['type'] | 'test';
  /** When it happened. */
  readonly at: string;
  readonly namespace: string;
  readonly cloud: string | null;
  readonly batch: string | null;
  /** One sentence for people, without markup. */
  readonly text: string;
  readonly data: object;
}

/** Images of a batch that became held. */
export const heldSchema = z.object({
  /** Newly held. */
  count: z.number(),
  /** Of them, the first ones. */
  images: z.array(
    z.object({
      ...{ name: z.string(), key: z.string(), code: z.string(), message: z.string() },
      /** The cloud that a copy goes to, unless that is the own one. */
      copy_to: z.string().exactOptional(),
    }),
  ),
  notify: z.string().exactOptional(),
});

/** A batch that was read from an event. */
type Finished = BatchSummary;

export type EventFacts =
  | { readonly type: 'batch.finished'; readonly batch: Finished }
  | {
      readonly type: 'images.held';
      readonly batch: string;
      readonly held: z.infer<typeof heldSchema>;
    }
  | { readonly type: 'project.stopped' | 'project.resumed'; readonly stop: Stop };

/** What an event says; `undefined` where it was damaged. */
export function factsOf({ type, batch = '', facts }: LedgerEvent): EventFacts | undefined {
  const value = parseJson(facts);
  switch (type) {
    case 'batch.finished': {
      const fields = z.array(z.string()).safeParse(value);
      const summary = fields.success && batchFromHash(batch, pairsOf(fields.data));
      return summary ? { type, batch: summary } : undefined;
    }
    case 'images.held': {
      const held = heldSchema.safeParse(value);
      return held.success ? { type, batch, held: held.data } : undefined;
    }
    case 'project.stopped':
    case 'project.resumed': {
      const stop = stopSchema.safeParse(value);
      return stop.success ? { type, stop: stop.data } : undefined;
    }
  }
}

/** The answer of HGETALL in a script. */
function pairsOf(fields: readonly string[]): Readonly<Record<string, string>> {
  const names = fields.filter((_, at) => at % 2 === 0);
  return Object.fromEntries(names.map((name, at) => [name, fields[2 * at + 1] ?? '']));
}

/** Whom the batch of an event names; `undefined`: nobody, or it is about the whole project. */
export function namedIn(facts: EventFacts): string | undefined {
  if (facts.type === 'batch.finished') return facts.batch.notify;
  return facts.type === 'images.held' ? facts.held.notify : undefined;
}

interface Origin {
  /** `NAMESPACE`, or `NAMESPACE@CLOUD`. */
  readonly namespace: string;
  readonly cloud?: string;
}

export function toNotification(
  event: LedgerEvent,
  facts: EventFacts,
  { namespace, cloud }: Origin,
): Notification {
  const { id, type, batch = null } = event;
  const [installation = namespace] = namespace.split('@');
  // By these no two events of any installation are alike.
  const content = JSON.stringify([namespace, id, type, batch, event.facts]);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 32);
  const command = cloud === undefined ? 'ims-ferry' : `ims-ferry --cloud ${cloud}`;
  const { at = Number(id.split('-')[0]), text, data } = describe(facts, command);
  return {
    version: 1,
    id: `evt_${hash}`,
    type,
    at: new Date(at).toISOString(),
    namespace: installation,
    cloud: cloud ?? null,
    batch,
    text: forChat(text),
    data,
  };
}

interface Described {
  /** Milliseconds since 1970; absent: that of the event. */
  readonly at?: number;
  readonly text: string;
  readonly data: object;
}

function describe(facts: EventFacts, command: string): Described {
  switch (facts.type) {
    case 'batch.finished':
      return describeFinish(facts.batch, command);
    case 'images.held': {
      const { count, images } = facts.held;
      const next = `${command} resolve ${facts.batch}`;
      const names = images
        .map(({ name, copy_to }) => (copy_to === undefined ? name : `${name} → ${copy_to}`))
        .join(', ');
      const more = count > images.length ? `, and ${count - images.length} more` : '';
      const wait = count === 1 ? 'image waits' : 'images wait';
      const text = `${count} ${wait} for a decision in batch ${facts.batch}: ${names}${more}. Next: ${next}`;
      return { text, data: { count, images, next } };
    }
    case 'project.stopped': {
      const { at, reason, code, message, advice = null, image } = facts.stop;
      const next = `${command} resume`;
      const by = image === undefined ? '' : ` It was noticed at image ${image.name}.`;
      const text = `No more images are created: ${sentence(`${code}: ${message}`)}${by}${advice === null ? '' : ` ${advice}`}`;
      return { at, text, data: { reason, code, message, advice, image: image ?? null, next } };
    }
    case 'project.resumed': {
      const { reason, code, at } = facts.stop;
      const data = { reason, code, stopped_at: new Date(at).toISOString() };
      return { text: `Images are created again: the stop with ${code} was lifted.`, data };
    }
  }
}

function describeFinish(summary: Finished, command: string): Described {
  const { batch, counts, total, missing, troubles, finishedAt } = summary;
  const report = `${command} report ${batch}`;
  const rest = [
    [counts.failed, 'failed'],
    [counts.held, 'held'],
    [counts.cancelled, 'cancelled'],
    [missing, 'missing'],
  ] as const;
  const others = rest.filter(([count]) => count > 0).map(([count, word]) => `, ${count} ${word}`);
  const images = total === 1 ? '1 image' : `${total} images`;
  const text = `Batch ${batch} has finished: ${counts.succeeded} of ${images} succeeded${others.join('')}. Report: ${report}`;
  const data = { counts, total, missing, failures: troubles, report };
  return { ...(finishedAt !== undefined && { at: finishedAt }), text, data };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

const LONGEST_TEXT = 1000;

/** A chat reads `<…>` as a link or as a mention of everyone: the words of a cloud must not become one. */
function forChat(text: string): string {
  return plain(text.replaceAll('<', '‹').replaceAll('>', '›'), LONGEST_TEXT);
}

/** What `doctor --notify` sends. */
export function testNotification(
  id: string,
  now: number,
  { namespace, cloud }: Origin,
): Notification {
  const [installation = namespace] = namespace.split('@');
  return {
    version: 1,
    id: `evt_${id}`,
    type: 'test',
    at: new Date(now).toISOString(),
    namespace: installation,
    cloud: cloud ?? null,
    batch: null,
    text: 'This is a test of ims-ferry: notifications arrive here.',
    data: {},
  };
}
