import type { Copying } from '../shared/cloud/ims/ims-answers.ts';
import type { Session } from '../shared/cloud/session/session.ts';
import { LoginRefusedError } from '../shared/errors/errors.ts';
import type { AdmitAnswer } from '../shared/ledger/import-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { isElsewhere } from '../shared/look-up/find-ours.ts';
import type { RedisConnection } from '../shared/redis/redis-connection.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import type { Verdict } from './before-create.ts';
import { reportGeneration } from './generation.ts';
import { type Deadline, type IntentWriter, sendBudgetMs, startDeadline } from './intents.ts';
import { logChange } from './record.ts';
import { Step, type WorkerDeps } from './step.ts';

/** The right to send one create, and the time until which it holds. */
export interface Admitted {
  readonly kind: 'admitted';
  /** Holds the import with its intent. */
  readonly step: Step;
  readonly session: Session;
  readonly deadline: Deadline;
  readonly copying: Copying | undefined;
  /** True once the intent cannot get lost unnoticed, as far as Redis can confirm; nothing leaves before. */
  isOnDisk(): Promise<boolean>;
}

type Admission =
  | Admitted
  /** `crowded`: as many copies are in flight as IMS takes. `unread`: the other region of a copy cannot be read. */
  | { readonly kind: 'moved' | 'paused' | 'stopping' | 'crowded' | 'unread' };

interface IsAdmitted {
  readonly answer: Extract<AdmitAnswer, { kind: 'admitted' }>;
}

interface Attempt {
  readonly answer: AdmitAnswer;
  readonly writer: IntentWriter;
  readonly deadline: Deadline;
}

/** What speaks for a create. */
interface Candidate {
  /** What a copy is made of. */
  readonly copying?: Copying;
  /** Checks before each attempt that nothing speaks against it. */
  readonly verify: () => Promise<Verdict>;
}

/** A wait for a place is retried after this at the latest, whatever wakes were missed. */
const LONGEST_WAIT_MS = 5000;

/**
 * Waits for a place. The submits of one process queue up: only the first one tries, once for each wake and
 * every few seconds, so that thousands of waiting images cost Redis next to nothing.
 */
export class AdmissionGate {
  readonly #deps: WorkerDeps;
  readonly #wakes: WakeChannel;
  readonly #scan: () => Promise<void>;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(deps: WorkerDeps, wakes: WakeChannel, scan: () => Promise<void>) {
    this.#deps = deps;
    this.#wakes = wakes;
    this.#scan = scan;
  }

  async admit(step: Step, candidate: Candidate): Promise<Admission> {
    const turn = this.#queue.then(() => this.#wait(step, candidate));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #wait(step: Step, { copying, verify }: Candidate): Promise<Admission> {
    const { stopping, clock } = this.#deps;
    while (!stopping.aborted) {
      const seen = this.#wakes.count;
      const session = await this.#session();
      if (session === undefined) continue;
      const verdict = await verify();
      if (verdict === 'moved') return { kind: 'moved' };
      // Those behind it need not wait for another region.
      if (verdict === 'unread' && isElsewhere(step.entry.request)) return { kind: 'unread' };
      if (verdict === 'unread') {
        await clock.sleep(this.#retryMs(), stopping);
        continue;
      }
      if ((await this.#waitIfUnfit()) || (await this.#waitBehindOthers())) continue;
      const attempt = await this.#attempt(step.entry, copying);
      const { answer } = attempt;
      switch (answer.kind) {
        case 'admitted':
          return this.#admitted(step, session, { ...attempt, answer, copying });
        case 'moved':
        case 'paused':
        case 'crowded':
          return { kind: answer.kind };
        case 'rate':
        case 'cooldown':
        case 'frozen':
          await clock.sleep(Math.min(answer.waitMs, LONGEST_WAIT_MS), stopping);
          break;
        case 'behind':
        case 'report':
        // A worker of a newer version has written the ledger: the report ends this one.
        case 'newer':
          await reportGeneration(this.#deps);
          break;
        case 'unclaimed':
          await this.#deps.project.claim.keep();
          break;
        case 'scan':
          await this.#scan();
          break;
        case 'index':
        case 'full':
        case 'stopped':
          await this.#wakes.after(seen, this.#retryMs());
          break;
      }
    }
    return { kind: 'stopping' };
  }

  async #admitted(
    step: Step,
    session: Session,
    { answer, writer, deadline, copying }: Attempt & Pick<Admitted, 'copying'> & IsAdmitted,
  ): Promise<Admitted> {
    const { generation, intents } = this.#deps;
    const { entry } = answer;
    logChange(this.#deps, step.entry, entry);
    const isKept = await generation.note(answer.generation);
    const isOnDisk = async (): Promise<boolean> => {
      if (isKept || intents.mayBeSentUnkept()) return writer.confirm(entry, deadline.leftMs());
      writer.release();
      return false;
    };
    const admitted = { session, deadline, copying, isOnDisk };
    return { kind: 'admitted', step: new Step(this.#deps, entry), ...admitted };
  }

  /** Before each attempt: waiting may have taken longer than a token lives. */
  async #session(): Promise<Session | undefined> {
    try {
      return await this.#deps.sessions.get();
    } catch (error) {
      if (error instanceof LoginRefusedError) throw error;
      this.#deps.log.warn({ err: error }, 'no session with IAM, trying again');
      await this.#deps.clock.sleep(this.#retryMs(), this.#deps.stopping);
      return undefined;
    }
  }

  /** True after a wait: nothing is created on a Redis that may lose what was written. */
  async #waitIfUnfit(): Promise<boolean> {
    const { fitness, clock, stopping, config } = this.#deps;
    if (!(await fitness.look())) return false;
    await clock.sleep(Math.min(this.#retryMs(), config.lockMs / 6), stopping);
    return true;
  }

  /** True after a wait for the requests of the fleet that come first. */
  async #waitBehindOthers(): Promise<boolean> {
    const { pace, clock, stopping } = this.#deps;
    const aheadMs = await pace.aheadMs();
    if (aheadMs > 0) await clock.sleep(Math.min(aheadMs, LONGEST_WAIT_MS), stopping);
    return aheadMs > 0;
  }

  async #attempt(entry: LedgerEntry, copying: Copying | undefined): Promise<Attempt> {
    const { intents, clock, config, stopping, ledger } = this.#deps;
    if (!intents.isChecked) await reportGeneration(this.#deps);
    await clock.sleep(intents.waitMs(), stopping);
    const writer = await intents.writer();
    const deadline = startDeadline(clock, sendBudgetMs(config.lockMs));
    try {
      const more = omitUndefined({ copiedFrom: copying?.imageId, copiedTo: copying?.projectId });
      const intent = { ...this.#intent(deadline), ...more };
      const answer = await ledger.admit(entry, intent, writer.connection);
      if (answer.kind !== 'admitted') writer.release();
      return { answer, writer, deadline };
    } catch (error) {
      writer.release();
      throw error;
    }
  }

  #intent({ budgetMs }: Deadline) {
    const { config, clock, generation, workerId, random } = this.#deps;
    const now = clock.now();
    return {
      now,
      submittedAt: clock.wall.now(),
      budgetMs,
      // Not when its answer is late, but when its sender may be found gone.
      due: now + config.lockMs,
      sender: `${workerId}.${random.id(6)}`,
      maxInFlight: config.maxInFlight,
      seenGeneration: generation.seen,
      gapMs: config.submitRate === 0 ? 0 : 60_000 / config.submitRate,
    };
  }

  #retryMs(): number {
    return 1000 + 4000 * this.#deps.random.next();
  }
}

/** Reports when a place was freed, a stop was lifted or a scan has ended. */
interface WakeChannel {
  readonly count: number;
  /** Resolves at the next wake after `seen`, or after `fallbackMs`, or when the worker stops. */
  after(seen: number, fallbackMs: number): Promise<void>;
}

/** Listens on the ledger's wake channel over a connection of its own. */
export async function listenForWakes(
  subscriber: RedisConnection,
  channel: string,
  { clock, stopping }: { readonly clock: Pick<Clock, 'sleep'>; readonly stopping: AbortSignal },
): Promise<WakeChannel> {
  let count = 0;
  let waiting = new AbortController();
  const wake = (): void => {
    count += 1;
    waiting.abort();
    waiting = new AbortController();
  };
  subscriber.on('message', wake);
  stopping.addEventListener('abort', wake, { once: true });
  await subscriber.subscribe(channel);
  return {
    get count() {
      return count;
    },
    after: async (seen, fallbackMs) => {
      if (count !== seen || stopping.aborted) return;
      await clock.sleep(fallbackMs, waiting.signal);
    },
  };
}
