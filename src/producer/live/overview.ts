import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { ForeignAlarm } from '../../shared/ledger/foreign.ts';
import type { TargetState } from '../../shared/ledger/outbox.ts';
import { targetNotes } from '../../shared/notify/target-notes.ts';
import type { ProjectOutlook } from '../../shared/outlook/outlook.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { type StopStatus, stopStatus } from '../batch-status.ts';
import { isFinished } from '../progress.ts';
import type { StatusDeps } from '../status-deps.ts';
import { OutlookReader } from './read-outlook.ts';

/** What the live table shows of the project. */
export interface Overview {
  /** In the order in which they were submitted. */
  readonly batches: readonly BatchSummary[];
  /** Images in IMS, of all batches. */
  readonly inFlight: number;
  readonly stop: StopStatus | null;
  /** Another installation works on the project. */
  readonly others?: ForeignAlarm;
  /** Who is notified. */
  readonly targets?: readonly TargetState[];
  /** Who of them is not, and why. */
  readonly notes?: readonly string[];
  /** Of all batches, whichever are shown. */
  readonly outlook: ProjectOutlook;
}

/** Batches that one read may cover: there may be thousands that ended long ago. */
const MAX_BATCHES = 50;
/** How many of these may be new or unfinished; the others get the rest of the places in turn. */
const MAX_URGENT = 30;

/** Reads the project repeatedly, with a bounded number of commands per read. */
export class OverviewReader {
  readonly #deps: StatusDeps;
  readonly #only: string | undefined;
  readonly #outlook: OutlookReader;
  #known: ReadonlyMap<string, BatchSummary> = new Map();
  #turn = 0;

  /** `only`: shows one batch; when it is done depends on the others, too. */
  constructor(deps: StatusDeps, only?: string) {
    this.#deps = deps;
    this.#only = only;
    this.#outlook = new OutlookReader(deps);
  }

  async read(): Promise<Overview> {
    const { batches, ledger, project } = this.#deps;
    const names = await batches.names();
    await this.#update(names);
    const all = names.flatMap((name) => this.#known.get(name) ?? []);
    const outlook = await this.#outlook.read(all);
    const targets = await project.outbox.targets();
    const notes = targetNotes({ targets, batches: all, now: this.#deps.clock.now() });
    const shown = all.filter(({ batch }) => batch === (this.#only ?? batch));
    return omitUndefined({
      batches: shown,
      outlook,
      inFlight: await ledger.inFlight(),
      stop: await this.#stop(shown),
      others: await project.others.alarm(),
      targets,
      notes,
    });
  }

  /** The same with every batch there is: for the first read. */
  async readAll(): Promise<Overview> {
    for (let known = -1; ; known = this.#known.size) {
      const overview = await this.read();
      if (this.#known.size === known) return overview;
    }
  }

  async #update(names: readonly string[]): Promise<void> {
    const { batches } = this.#deps;
    const due = this.#due(names);
    const summaries = await Promise.all(due.map((name) => batches.summary(name)));
    const known = new Map([...this.#known].filter(([name]) => names.includes(name)));
    for (const [index, name] of due.entries()) {
      const summary = summaries[index];
      if (summary) known.set(name, summary);
      else known.delete(name);
    }
    this.#known = known;
  }

  /** New and unfinished batches first, the latest before older ones; the others in turn. */
  #due(names: readonly string[]): readonly string[] {
    const latest = names.toReversed();
    const isUrgent = (name: string): boolean => {
      const known = this.#known.get(name);
      return !known || !isFinished(known);
    };
    const first = latest.filter((name) => name === this.#only);
    const urgent = [...new Set([...first, ...latest.filter(isUrgent)])].slice(0, MAX_URGENT);
    const others = latest.filter((name) => !urgent.includes(name));
    const room = Math.min(others.length, MAX_BATCHES - urgent.length);
    const start = this.#turn % Math.max(1, others.length);
    this.#turn += room;
    return [...urgent, ...[...others, ...others].slice(start, start + room)];
  }

  async #stop(summaries: readonly BatchSummary[]): Promise<StopStatus | null> {
    const [first, ...others] = summaries.map(({ counts }) => counts);
    if (!first) return null;
    const pending = others.reduce((sum, counts) => sum + counts.pending, first.pending);
    return stopStatus(this.#deps, { ...first, pending });
  }
}
