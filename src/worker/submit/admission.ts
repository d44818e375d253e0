import type { Session } from '../../shared/cloud/ims/ims-answers.ts';
import { LedgerMismatchError, LoginRefusedError } from '../../shared/errors/errors.ts';
import type { AdmitAnswer } from '../../shared/ledger/import-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { dueAt } from '../due-time.ts';
import type { IntentWriter } from '../guard/intents.ts';
import { reportGeneration } from '../guard/report-generation.ts';
import { logChange } from '../record.ts';
import { senderName } from '../sender.ts';
import type { WorkerDeps } from '../worker-deps.ts';
import { type Deadline, sendBudgetMs, startDeadline } from './deadline.ts';
import { createVerifier } from './verify-pending.ts';
import type { Wakes } from './wakes.ts';

/** The right to send one create, and the time until which it holds. */
export interface Admitted {
  readonly kind: 'admitted';
  readonly entry: LedgerEntry;
  readonly session: Session;
  readonly deadline: Deadline;
  /** True once the intent cannot be lost unnoticed, as far as that can be told: before that nothing may leave. */
  isOnDisk(): Promise<boolean>;
}

interface Written {
  readonly answer: AdmitAnswer;
  readonly writer: IntentWriter;
  readonly deadline: Deadline;
}

export type Admission = Admitted | { readonly kind: 'moved' | 'paused' | 'stopping' };

/**
 * Waits for a place. The submits of one process stand in line: only the first tries, once for each
 * wake and every few seconds, so that thousands that wait cost Redis next to nothing.
 */
export class AdmissionGate {
  readonly #deps: WorkerDeps;
  readonly #wakes: Wakes;
  readonly #scan: () => Promise<void>;
  #line: Promise<unknown> = Promise.resolve();

  constructor(deps: WorkerDeps, wakes: Wakes, scan: () => Promise<void>) {
    this.#deps = deps;
    this.#wakes = wakes;
    this.#scan = scan;
  }

  async admit(entry: LedgerEntry): Promise<Admission> {
    const turn = this.#line.then(() => this.#wait(entry));
    this.#line = turn.catch(() => undefined);
    return turn;
  }

  async #wait(entry: LedgerEntry): Promise<Admission> {
    const { stopping, clock } = this.#deps;
    const verify = createVerifier(this.#deps, entry);
    while (!stopping.aborted) {
      const seen = this.#wakes.count;
      const session = await this.#session();
      if (session === undefined) continue;
      const verdict = await verify();
      if (verdict === 'moved') return { kind: 'moved' };
      if (verdict === 'unread') {
        await clock.sleep(this.#fallbackMs(), stopping);
        continue;
      }
      if ((await this.#isUnfit()) || (await this.#waitsForOthers())) continue;
      const { answer, deadline, writer } = await this.#try(entry);
      switch (answer.kind) {
        case 'admitted': {
          logChange(this.#deps, entry, answer.entry);
          const isKept = await this.#deps.generation.note(answer.generation);
          const isOnDisk = async () => {
            if (isKept || this.#deps.intents.mayGoUnkept()) {
              return writer.confirm(answer.entry, deadline.leftMs());
            }
            writer.release();
            return false;
          };
          return { kind: 'admitted', entry: answer.entry, session, deadline, isOnDisk };
        }
        case 'moved':
        case 'paused':
          return { kind: answer.kind };
        case 'rate':
        case 'cooldown':
        case 'frozen':
          await clock.sleep(Math.min(answer.waitMs, 5000), stopping);
          break;
        case 'behind':
        case 'report':
          await reportGeneration(this.#deps);
          break;
        case 'newer':
          throw newerLedger();
        case 'unclaimed':
          await this.#deps.project.claim.keep();
          break;
        case 'scan':
          await this.#scan();
          break;
        case 'index':
        case 'full':
        case 'stopped':
          await this.#wakes.after(seen, this.#fallbackMs());
          break;
      }
    }
    return { kind: 'stopping' };
  }

  /** The session is asked for before each try: waiting may have taken longer than a token lives. */
  async #session(): Promise<Session | undefined> {
    try {
      return await this.#deps.sessions.get();
    } catch (error) {
      if (error instanceof LoginRefusedError) throw error;
      this.#deps.log.warn({ err: error }, 'no session with IAM, trying again');
      await this.#deps.clock.sleep(this.#fallbackMs(), this.#deps.stopping);
      return undefined;
    }
  }

  /** True after a wait: on a Redis that may lose what it is told nothing is created. */
  async #isUnfit(): Promise<boolean> {
    const { fitness, clock, stopping, config } = this.#deps;
    if (!(await fitness.look())) return false;
    await clock.sleep(Math.min(this.#fallbackMs(), config.lockMs / 6), stopping);
    return true;
  }

  /** True after a wait for the requests of the fleet that come before. */
  async #waitsForOthers(): Promise<boolean> {
    const { pace, clock, stopping } = this.#deps;
    const aheadMs = await pace.aheadMs();
    if (aheadMs > 0) await clock.sleep(Math.min(aheadMs, 5000), stopping);
    return aheadMs > 0;
  }

  async #try(entry: LedgerEntry): Promise<Written> {
    const { intents, clock, config } = this.#deps;
    if (!intents.isChecked) await reportGeneration(this.#deps);
    await clock.sleep(intents.waitMs(), this.#deps.stopping);
    const writer = await intents.writer();
    const deadline = startDeadline(clock, sendBudgetMs(config.lockMs));
    try {
      const answer = await this.#write(entry, deadline, writer);
      if (answer.kind !== 'admitted') writer.release();
      return { answer, writer, deadline };
    } catch (error) {
      writer.release();
      throw error;
    }
  }

  #write(entry: LedgerEntry, deadline: Deadline, { connection }: IntentWriter) {
    const { config, clock, ledger, workerId, random } = this.#deps;
    const now = clock.now();
    const intent = {
      now,
      submittedAt: clock.wall.now(),
      budgetMs: deadline.budgetMs,
      due: dueAt(config, { status: 'submitting' }, { now, nextStepMs: 0 }),
      sender: senderName(workerId, random.id(6)),
      maxInFlight: config.maxInFlight,
      seenGeneration: this.#deps.generation.seen,
      gapMs: config.submitRate === 0 ? 0 : 60_000 / config.submitRate,
    };
    return ledger.admit(entry, intent, connection);
  }

  #fallbackMs(): number {
    return 1000 + 4000 * this.#deps.random.next();
  }
}

function newerLedger(): LedgerMismatchError {
  return new LedgerMismatchError(
    'A newer version of ims-ferry has written the ledger in Redis.',
    'Use that version here, too.',
  );
}
