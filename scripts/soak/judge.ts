import type { Accepted } from '../../simulator/ims/accepted-log.ts';
import { phaseOf, type Task } from '../../simulator/ims/job-life.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import type { BatchStatus, ImageStatus } from '../../src/producer/batch-status.ts';
import type { Orders } from './orders.ts';

/** Something that must not happen: the import, and what the ledger and the cloud say about it. */
export interface Finding {
  readonly key: string;
  readonly name: string;
  readonly what: string;
}

export interface Verdict {
  readonly registered: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Still unknown at the end; a person has to decide. */
  readonly held: number;
  /** Without an outcome although the run was complete. */
  readonly lost: readonly Finding[];
  /** Without an outcome because the run was cut short. */
  readonly open: number;
  /** Accepted again while an earlier create had not failed. */
  readonly doubles: readonly Finding[];
  /** Accepted more than once, each time after the earlier create had failed. */
  readonly again: number;
  /** The ledger and the cloud contradict each other. */
  readonly wrong: readonly Finding[];
}

interface Evidence {
  readonly orders: Orders;
  readonly simulator: Simulator;
  /** `status --json` of every batch. */
  readonly statuses: readonly BatchStatus[];
  readonly complete: boolean;
}

/** What became of one accepted create. */
interface Made {
  readonly line: Accepted;
  readonly task: Task | undefined;
  readonly phase: string;
}

/** Compares what was ordered, what the cloud has accepted, and what the ledger contains. */
export function judge({ orders, simulator, statuses, complete }: Evidence): Verdict {
  const images = new Map(statuses.flatMap((batch) => batch.images).map((one) => [one.key, one]));
  const creates = createsOf(simulator);
  const names = new Map([...orders.keys].map(([name, key]) => [key, name]));
  const unsettled: Finding[] = [];
  const wrong: Finding[] = [];
  for (const [key, name] of names) {
    const image = images.get(key);
    if (!image || !isSettled(image)) {
      const what = `${describe(image)}; ${describeCloud(creates.get(key))}`;
      unsettled.push({ key, name, what });
    }
    const problem = image && contradiction(image, creates.get(key) ?? []);
    if (problem !== undefined) wrong.push({ key, name, what: problem });
  }
  for (const key of creates.keys()) {
    if (!names.has(key)) wrong.push({ key, name: '?', what: 'accepted, but never ordered' });
  }
  const doubles = [...creates].flatMap(([key, made]): Finding[] => {
    if (!isDouble(made)) return [];
    const what = `${describe(images.get(key))}; ${describeCloud(made)}`;
    return [{ key, name: names.get(key) ?? '?', what }];
  });
  // All were registered before the first kill: one that the ledger has forgotten is lost in any case.
  const lost = unsettled.filter(({ key }) => complete || !images.has(key));
  const count = (matches: (image: ImageStatus) => boolean) =>
    [...images.values()].filter(matches).length;
  return {
    registered: images.size,
    succeeded: count(({ state }) => state === 'succeeded'),
    failed: count(({ state }) => state === 'failed'),
    held: count(({ held }) => held),
    lost,
    open: unsettled.length - lost.length,
    doubles,
    again: [...creates.values()].filter((made) => made.length > 1).length - doubles.length,
    wrong,
  };
}

function createsOf(simulator: Simulator): Map<string, Made[]> {
  const { options, cloud } = simulator.state;
  const moment = { now: Date.now(), options };
  const creates = new Map<string, Made[]>();
  for (const line of simulator.accepted) {
    const key = line.marker ?? `without marker: ${line.name}`;
    const task = cloud.tasks.get(line.job_id);
    const phase = task ? phaseOf(task, moment) : 'no such job';
    creates.set(key, [...(creates.get(key) ?? []), { line, task, phase }]);
  }
  return creates;
}

function isDouble(made: readonly Made[]): boolean {
  return made.some(({ line }, index) =>
    made.slice(0, index).some(({ task }) => !(task?.failure && task.endsAt <= line.at)),
  );
}

function isSettled({ state, held, error }: ImageStatus): boolean {
  if (state === 'failed') return error !== null;
  return state === 'succeeded' || (state === 'unknown' && held);
}

/** How the cloud contradicts the ledger; `undefined` where they agree. */
function contradiction(image: ImageStatus, made: readonly Made[]): string | undefined {
  const active = made.filter(({ phase }) => phase === 'SUCCESS');
  const isThere = active.some(({ line }) => line.image_ids.includes(image.image_id ?? ''));
  const inCloud = describeCloud(made);
  switch (image.state) {
    case 'succeeded':
      return isThere ? undefined : `${describe(image)}, which is not active: ${inCloud}`;
    case 'failed':
    case 'cancelled':
    case 'pending':
      return active.length === 0 ? undefined : `${describe(image)}, yet: ${inCloud}`;
    default:
      return undefined;
  }
}

function describe(image: ImageStatus | undefined): string {
  if (!image) return 'not in the ledger';
  const { state, held, attempt, image_id, job_id, error } = image;
  const why = error ? ` (${error.code}: ${error.message})` : '';
  const words = held ? 'unknown, held' : state;
  return `ledger: ${words}, attempt ${attempt}, IMS job ${job_id}, image ${image_id}${why}`;
}

function describeCloud(made: readonly Made[] = []): string {
  if (made.length === 0) return 'cloud: never accepted';
  const lines = made.map(({ line, phase }) => {
    const at = new Date(line.at).toISOString();
    return `accepted ${at}${line.late ? ' unseen' : ''} as ${line.job_id}, now ${phase}`;
  });
  return `cloud: ${lines.join('; ')}`;
}
