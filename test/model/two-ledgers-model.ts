import { importKey } from '../../src/shared/image/import-key.ts';
import { GuardStore } from '../../src/shared/ledger/guard-store.ts';
import { ImportStore } from '../../src/shared/ledger/import-store.ts';
import { canonicalRequest } from '../../src/shared/ledger/ledger-entry.ts';
import { LEDGER_SCHEMA, type LedgerKeys, ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { ProjectClaim } from '../../src/shared/ledger/project-claim.ts';
import { type ImportEvent, stateVersion } from '../../src/shared/state/import-state.ts';
import { REQUEST } from './cloud.ts';
import { explore, type Step, type Verdict } from './explore.ts';
import {
  type Content,
  type Cut,
  fieldOf,
  type RedisAsValue,
  withFields,
} from './redis-as-value.ts';

const KEY = importKey(REQUEST);
const PROJECT = 'p'.repeat(32);
const LEDGERS = [ledgerKeys('one'), ledgerKeys('two')] as const;
const PLACES = { maxInFlight: 9, gapMs: 0, seenGeneration: 0 };
const TIMES = { now: 0, submittedAt: 0, due: 1, budgetMs: 1000 };

type Which = 0 | 1;

interface Worker {
  readonly at: 'away' | 'idle' | 'intent' | 'sent';
  readonly epoch?: number;
}

/** Two ledgers of one Redis, with the same import of one project, a worker each, and the cloud. */
interface LedgersWorld {
  readonly redis: Content;
  readonly workers: readonly [Worker, Worker];
  /** Ledgers whose create is on its way. */
  readonly requests: readonly Which[];
  readonly jobs: readonly { readonly of: Which; readonly isDone: boolean }[];
  readonly moves: number;
}

export interface LedgersRules {
  /** A worker ends where another ledger has the project. */
  readonly asksAtStart: boolean;
  readonly cuts: readonly Cut[];
}

export async function exploreLedgers(
  redis: RedisAsValue,
  changed: Partial<LedgersRules>,
  lookedFor?: string,
): Promise<Verdict> {
  const acts = new LedgerActs(redis, { asksAtStart: true, cuts: [], ...changed });
  const model = {
    first: newWorld(),
    steps: (world: LedgersWorld) => acts.steps(world),
    // What happens to an unknown one is not followed here.
    isGood: ({ redis: content }: LedgersWorld) =>
      LEDGERS.some((keys) => ['succeeded', 'unknown'].includes(stateOf(content, keys) ?? '')),
    never: { 'two living images': ({ jobs }: LedgersWorld) => jobs.length > 1 },
  };
  return explore<LedgersWorld>(model, lookedFor);
}

function newWorld(): LedgersWorld {
  const fields = { state: 'pending', epoch: '0', revision: '1', batches: '["b"]', detail: '{}' };
  const request = { request: canonicalRequest(REQUEST), registered_at: '1' };
  const redis = LEDGERS.reduce((content: Content, keys) => {
    const bound = withFields(content, keys.meta, {
      project_id: PROJECT,
      schema: String(LEDGER_SCHEMA),
    });
    const entered = withFields(bound, keys.import(KEY), { ...fields, ...request });
    return { ...entered, [keys.due]: { sorted: [KEY] } };
  }, {});
  const away = { at: 'away' } as const;
  return { redis, workers: [away, away], requests: [], jobs: [], moves: 2 };
}

function stateOf(content: Content, keys: LedgerKeys): string | undefined {
  return fieldOf(content, keys.import(KEY), 'state');
}

class LedgerActs {
  readonly #redis: RedisAsValue;
  readonly #rules: LedgersRules;

  constructor(redis: RedisAsValue, rules: LedgersRules) {
    this.#redis = redis;
    this.#rules = rules;
  }

  async steps(world: LedgersWorld): Promise<readonly Step<LedgersWorld>[]> {
    const steps = await Promise.all(([0, 1] as const).map((of) => this.#stepsOf(world, of)));
    return steps.flatMap((all, of) =>
      all.map(([name, after]): Step<LedgersWorld> => [`ledger ${of + 1}: ${name}`, after]),
    );
  }

  async #stepsOf(world: LedgersWorld, of: Which): Promise<Step<LedgersWorld>[]> {
    const steps = cloudSteps(world, of);
    const worker = world.workers[of];
    const be = (next: Worker, changes: Partial<LedgersWorld> = {}): LedgersWorld =>
      withWorker({ ...world, ...changes }, of, next);
    if (world.moves > 0) steps.push(['resume --take-project', await this.#move(world, of)]);
    switch (worker.at) {
      case 'away':
        return [...steps, ['work', await this.#start(world, of)]];
      case 'idle':
        return [...steps, ...(await this.#idle(world, of))];
      case 'intent': {
        const requests = [...world.requests, of];
        return [...steps, ['SEND', be({ ...worker, at: 'sent' }, { requests })]];
      }
      case 'sent': {
        const { epoch = 0 } = worker;
        const reason = { code: 'X', message: '' };
        const unclear = { type: 'unclear', epoch, reason, at: 0 } as const;
        steps.push(['no answer', await this.#record(world, of, unclear)]);
        if (!world.jobs.some((job) => job.of === of)) return steps;
        const accepted = { type: 'accepted', epoch, jobId: `J${of}`, at: 0 } as const;
        return [...steps, ['answer with job id', await this.#record(world, of, accepted)]];
      }
    }
  }

  #over({ redis: content }: LedgersWorld, of: Which) {
    const { cuts } = this.#rules;
    const served = this.#redis.serve({ content, run: 10, wallMs: 1000, cuts });
    const { connection } = served;
    const keys = LEDGERS[of];
    return {
      content: served.content,
      ledger: new ImportStore(connection, keys),
      guard: new GuardStore(connection, keys),
      claim: new ProjectClaim(connection, keys),
    };
  }

  /** A worker takes the project, or ends; then it reports, and scans what is listed. */
  async #start(world: LedgersWorld, of: Which): Promise<LedgersWorld> {
    const over = this.#over(world, of);
    const isOurs = await over.claim.take(PROJECT).then(
      () => true,
      () => false,
    );
    const taken = { ...world, redis: over.content() };
    if (!isOurs && this.#rules.asksAtStart) return taken;
    const known = { workerId: 'w', seen: 0, isKept: true, isSafe: true, windowMs: 1000 };
    await over.guard.report(known);
    return this.#scan(withWorker({ ...world, redis: over.content() }, of, { at: 'idle' }), of);
  }

  async #scan(world: LedgersWorld, of: Which): Promise<LedgersWorld> {
    const over = this.#over(world, of);
    const scan = await over.guard.beginScan();
    const entry = await over.ledger.read(KEY);
    const job = world.jobs.find(({ isDone }) => isDone);
    if (job && entry?.state.status === 'pending') {
      const image = { id: `I${job.of}`, status: 'active' };
      const event = { type: 'found', of: stateVersion(entry), image, at: 0 } as const;
      await over.ledger.change(KEY, event, { now: 0, due: 1 });
    }
    await over.guard.scanned(scan);
    return { ...world, redis: over.content() };
  }

  async #idle(world: LedgersWorld, of: Which): Promise<Step<LedgersWorld>[]> {
    const over = this.#over(world, of);
    const entry = await over.ledger.read(KEY);
    if (!entry) return [];
    if (entry.state.status === 'creating') {
      const job = world.jobs.find((one) => one.of === of);
      if (!job?.isDone) return [];
      const ids = { imageId: `I${of}`, otherImageIds: [] };
      const event = { type: 'succeeded', of: stateVersion(entry), ...ids } as const;
      return [['SUCCESS', await this.#record(world, of, event)]];
    }
    if (entry.state.status !== 'pending') return [];
    const answer = await over.ledger.admit(entry, { ...TIMES, ...PLACES, sender: 'w.1' });
    if (answer.kind === 'unclaimed') {
      const after = await this.#start(withWorker(world, of, { at: 'away' }), of);
      return [['has lost the project', after]];
    }
    if (answer.kind === 'scan') return [['scan', await this.#scan(world, of)]];
    if (answer.kind !== 'admitted') return [];
    const next = { at: 'intent', epoch: answer.entry.epoch } as const;
    return [['admitted', withWorker({ ...world, redis: over.content() }, of, next)]];
  }

  async #record(world: LedgersWorld, of: Which, event: ImportEvent): Promise<LedgersWorld> {
    const over = this.#over(world, of);
    await over.ledger.change(KEY, event, { now: 0, due: 1 });
    return withWorker({ ...world, redis: over.content() }, of, { at: 'idle' });
  }

  async #move(world: LedgersWorld, of: Which): Promise<LedgersWorld> {
    const over = this.#over(world, of);
    await over.claim.moveHere().catch(() => undefined);
    return { ...world, redis: over.content(), moves: world.moves - 1 };
  }
}

function cloudSteps(world: LedgersWorld, of: Which): Step<LedgersWorld>[] {
  const steps: Step<LedgersWorld>[] = [];
  if (world.requests.includes(of)) {
    const requests = world.requests.filter((one) => one !== of);
    const jobs = [...world.jobs, { of, isDone: false }];
    steps.push(
      ['request lost', { ...world, requests }],
      ['ACCEPTED', { ...world, requests, jobs }],
    );
  }
  if (world.jobs.some((job) => job.of === of && !job.isDone)) {
    const jobs = world.jobs.map((job) => (job.of === of ? { ...job, isDone: true } : job));
    steps.push(['image is active', { ...world, jobs }]);
  }
  return steps;
}

function withWorker(world: LedgersWorld, of: Which, worker: Worker): LedgersWorld {
  const [first, second] = world.workers;
  return { ...world, workers: of === 0 ? [worker, second] : [first, worker] };
}
