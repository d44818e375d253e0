import { importKey } from '../../src/shared/image/import-key.ts';
import { GuardStore } from '../../src/shared/ledger/guard-store.ts';
import { type AdmitAnswer, ImportStore } from '../../src/shared/ledger/import-store.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { type ImportEvent, stateVersion } from '../../src/shared/state/import-state.ts';
import { lossWindowMs, reportGeneration } from '../../src/worker/generation.ts';
import type { Intents } from '../../src/worker/intents.ts';
import { decideUnknown } from '../../src/worker/look-up.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { REQUEST } from './cloud.ts';
import type { Step } from './explore.ts';
import {
  type Hand,
  KEYS,
  MOST_INTENTS,
  type PowerRules,
  type PowerWorld,
} from './power-cut-world.ts';
import { fieldOf, type RedisAsValue, type Served } from './redis-as-value.ts';

const KEY = importKey(REQUEST);
const CONFIG = { lockMs: 20_000, unknown: { windowMs: 90_000, policy: 'resubmit' } } as const;
const REASON = { code: 'X', message: '' };
const INTENT = { now: 0, submittedAt: 0, due: 0, maxInFlight: 9, gapMs: 0, budgetMs: 10_000 };
const LAG = { samples: 9, largestMs: 0 };

interface Over extends Served {
  readonly ledger: ImportStore;
  readonly guard: GuardStore;
}

/** What workers do, by the product's own classes and scripts. */
export class HandActs {
  readonly #redis: RedisAsValue;
  readonly #rules: PowerRules;

  constructor(redis: RedisAsValue, rules: PowerRules) {
    this.#redis = redis;
    this.#rules = rules;
  }

  /** The worker elsewhere has begun, and scanned the list; the other one begins with the first step. */
  async begin(world: PowerWorld): Promise<PowerWorld> {
    const begun = await this.#scan(await this.#report(world, 1));
    const [same, elsewhere] = begun.hands;
    return { ...begun, disk: begun.redis, hands: [same, { ...elsewhere, registered: 'on disk' }] };
  }

  async steps(world: PowerWorld, index: 0 | 1): Promise<Step<PowerWorld>[]> {
    const hand = world.hands[index];
    const { name } = hand;
    if (!hand.isUp) return [];
    switch (hand.at) {
      case 'idle':
        return this.#idle(world, index);
      case 'intent': {
        const waits = this.#rules.mode === 'confirms' && this.#rules.waitsForDisk;
        if (waits && !hand.isOnDisk) return [];
        const sent = withHand(world, index, { ...hand, at: 'sent' });
        return [[`${name} SENDS`, { ...sent, requests: [...world.requests, hand.intent ?? 0] }]];
      }
      case 'late':
        return [[`${name}: not sent`, await this.#answered(world, index, 'not-sent')]];
      case 'sent': {
        const lost = await this.#answered(world, index, 'unclear');
        const isThere = world.jobs.some(({ intent }) => intent === hand.intent);
        const steps: Step<PowerWorld>[] = [[`${name}: no answer`, lost]];
        if (isThere) {
          const accepted = await this.#answered(world, index, 'accepted');
          steps.push([`${name}: answer with job id`, accepted]);
        }
        return steps;
      }
    }
  }

  async #idle(world: PowerWorld, index: 0 | 1): Promise<Step<PowerWorld>[]> {
    const hand = world.hands[index];
    const { name } = hand;
    const steps: Step<PowerWorld>[] = [];
    if (hasNews(world, hand)) steps.push([`${name} reports`, await this.#report(world, index)]);
    if (hand.registered === 'no' && this.#rules.reportsFirst) return steps;
    const entry = await this.#over(world).ledger.read(KEY);
    switch (entry?.state.status) {
      case 'pending':
        return [...steps, ...(await this.#admit(world, index, entry))];
      case 'submitting':
      case 'unknown':
        return [...steps, ...(await this.#follow(world, name, entry))];
      default:
        return steps;
    }
  }

  #over({ redis: content, run }: PowerWorld): Over {
    const { cuts } = this.#rules;
    const served = this.#redis.serve({ content, run, wallMs: 1000, cuts });
    const { connection } = served;
    const ledger = new ImportStore(connection, KEYS);
    return { ...served, ledger, guard: new GuardStore(connection, KEYS) };
  }

  /** Registers this worker, and reports what it has seen, and what workers of its host that are gone had seen. */
  async #report(world: PowerWorld, index: 0 | 1): Promise<PowerWorld> {
    const hand = world.hands[index];
    const over = this.#over(world);
    const isSafe = this.#rules.mode === 'confirms';
    let { seen, registered } = hand;
    const kept = index === 0 && this.#rules.keepsSeen ? world.kept : {};
    const generation = {
      get seen() {
        return seen;
      },
      // The disk of its host works.
      isKept: true,
      note: async (number: number) => {
        seen = Math.max(seen, number);
      },
      learnFrom: async (names: readonly string[]) => {
        const left = names.filter((name) => name in kept);
        seen = Math.max(seen, ...left.map((name) => kept[name] ?? 0));
        return left;
      },
    };
    const intents: Pick<Intents, 'check' | 'registering' | 'registered'> = {
      registering: () => undefined,
      check: async () => isSafe,
      registered: (wasKnown, holder) => {
        if (holder.isSafe) registered = 'on disk';
        else if (!wasKnown) registered = 'written';
      },
    };
    const clock = { wall: { now: () => 0 } };
    const project = { others: { explainAll: async () => undefined } };
    const parts = { generation, intents, clock, project, guard: over.guard, config: CONFIG };
    const deps = { ...parts, workerId: hand.name, log: silentLogger() };
    await reportGeneration(deps as unknown as WorkerDeps);
    const known = { ...world, redis: over.content() };
    return keeping(withHand(known, index, { ...hand, seen, registered }), index);
  }

  async #admit(
    world: PowerWorld,
    index: 0 | 1,
    entry: LedgerEntry,
  ): Promise<readonly Step<PowerWorld>[]> {
    const hand = world.hands[index];
    const { mode, waitsForRegistration } = this.#rules;
    const waits = mode === 'everysec' && waitsForRegistration;
    if (waits && hand.registered !== 'on disk') return [];
    if (world.intents === MOST_INTENTS) return [];
    const over = this.#over(world);
    const sender = `${hand.name}.${world.intents + 1}`;
    const asked = { ...INTENT, sender, seenGeneration: hand.seen };
    const answer: AdmitAnswer = await over.ledger.admit(entry, asked);
    switch (answer.kind) {
      case 'admitted': {
        const intent = world.intents + 1;
        const seen = Math.max(hand.seen, answer.generation);
        const { epoch } = answer.entry;
        const next = { ...hand, seen, at: 'intent', intent, epoch } as const;
        const after = { ...world, redis: over.content(), intents: intent };
        return [[`${hand.name} is admitted`, keeping(withHand(after, index, next), index)]];
      }
      case 'scan':
        return [[`${hand.name} scans the list`, await this.#scan(world)]];
      default:
        return [];
    }
  }

  /** Adopts what is listed; a scan that somebody is waited for ends nothing. */
  async #scan(world: PowerWorld): Promise<PowerWorld> {
    const over = this.#over(world);
    const scan = await over.guard.beginScan(lossWindowMs(CONFIG));
    if (scan.waitMs > 0) return { ...world, redis: over.content() };
    const entry = await over.ledger.read(KEY);
    const found = entry && foundIn(world, entry);
    if (found && entry.state.status === 'pending') await change(over, found);
    await over.guard.scanned(scan);
    return { ...world, redis: over.content() };
  }

  async #answered(
    world: PowerWorld,
    index: 0 | 1,
    type: 'not-sent' | 'unclear' | 'accepted',
  ): Promise<PowerWorld> {
    const { intent, epoch = 0, isOnDisk: _, ...hand } = world.hands[index];
    const over = this.#over(world);
    const event = { epoch, at: 0 };
    if (type === 'accepted') await change(over, { ...event, type, jobId: `J${intent}` });
    else await change(over, { ...event, type, reason: REASON });
    return withHand({ ...world, redis: over.content() }, index, { ...hand, at: 'idle' });
  }

  /** Follows what no worker holds any more, or whose answer was lost. */
  async #follow(
    world: PowerWorld,
    name: string,
    entry: LedgerEntry,
  ): Promise<readonly Step<PowerWorld>[]> {
    const { state, epoch } = entry;
    const over = this.#over(world);
    const now = Number(fieldOf(world.redis, KEYS.meta, 'time') ?? 0);
    if (state.status === 'submitting') {
      if (now <= state.sendBy) return [];
      await change(over, { type: 'unclear', epoch, reason: REASON, at: now });
      return [[`${name}: the sender is gone`, { ...world, redis: over.content() }]];
    }
    if (state.status !== 'unknown' || state.held) return [];
    const { sendBy, resent } = state;
    const at = { startedAt: now, sendBy, lag: LAG, hasEvidence: false, resent: resent?.times ?? 0 };
    const verdict = decideUnknown({ ...at, ...CONFIG.unknown });
    const found = foundIn(world, entry);
    if (!found && verdict === 'look-again') return [];
    const of = stateVersion(entry);
    await change(over, found ?? { type: 'not-found', of, verdict, at: now });
    return [
      [`${name} looks up: ${found ? 'found' : verdict}`, { ...world, redis: over.content() }],
    ];
  }
}

/** A worker reports again and again; other reports change nothing that protects. */
function hasNews({ redis, run }: PowerWorld, { name, registered, seen }: Hand): boolean {
  const [, its] = fieldOf(redis, `${KEYS.prefix}holders`, name)?.split(' ') ?? [];
  const generation = Number(fieldOf(redis, KEYS.meta, 'generation') ?? 0);
  return registered === 'no' || its !== run.toString(16) || seen > generation;
}

function foundIn({ jobs }: PowerWorld, entry: LedgerEntry): ImportEvent | undefined {
  const job = jobs.find(({ isListed }) => isListed);
  const image = { id: `I${job?.intent}`, status: 'active' };
  return job && { type: 'found', of: stateVersion(entry), image, at: 0 };
}

async function change({ ledger }: Over, event: ImportEvent): Promise<void> {
  await ledger.change(KEY, event, { now: 0, due: 0 });
}

function withHand(world: PowerWorld, index: 0 | 1, hand: Hand): PowerWorld {
  const [same, elsewhere] = world.hands;
  return { ...world, hands: index === 0 ? [hand, elsewhere] : [same, hand] };
}

/** Workers of the host of Redis keep on its disk what they have seen, before anything is sent. */
function keeping(world: PowerWorld, index: 0 | 1): PowerWorld {
  if (index === 1) return world;
  const { name, seen } = world.hands[0];
  return { ...world, kept: { ...world.kept, [name]: seen } };
}
