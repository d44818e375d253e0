import type { Accepted } from '../../simulator/ims/accepted-log.ts';
import { phaseOf, type Task } from '../../simulator/ims/job-life.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import type { BatchStatus, ImageStatus } from '../../src/producer/batch-status.ts';
import type { Stage } from './stage.ts';

/** Something that must not happen: the import, and what the ledger and the cloud say about it. */
export interface Finding {
  readonly key: string;
  readonly name: string;
  readonly what: string;
}

/** What became of one accepted create. */
interface Made {
  readonly line: Accepted;
  readonly task: Task | undefined;
  readonly phase: string;
}

/** Compares what was ordered, what the cloud has accepted, and what `status --json` says about every batch. */
export function judge(
  { orders, simulator }: Pick<Stage, 'orders' | 'simulator'>,
  statuses: readonly BatchStatus[],
  complete: boolean,
) {
  const images = new Map(statuses.flatMap((batch) => batch.images).map((one) => [one.key, one]));
  const creates = createsOf(simulator);
  const names = new Map([...orders.keys].map(([name, key]) => [key, name]));
  const finding = (key: string, what?: string): Finding => {
    const both = `${describe(images.get(key))}; ${describeCloud(creates.get(key))}`;
    return { key, name: names.get(key) ?? '?', what: what ?? both };
  };
  const unsettled = [...names.keys()].filter((key) => !isSettled(images.get(key)));
  // All were registered before the first kill: one that the ledger has forgotten is lost in any case.
  const lost = unsettled.filter((key) => complete || !images.has(key));
  const doubles = [...creates].filter(([, made]) => isDouble(made)).map(([key]) => finding(key));
  const contradictions = [...names.keys()].flatMap((key) => {
    const problem = contradiction(images.get(key), creates.get(key) ?? []);
    return problem === undefined ? [] : [finding(key, problem)];
  });
  const strangers = [...creates.keys()].filter((key) => !names.has(key));
  const count = (matches: (image: ImageStatus) => boolean) =>
    [...images.values()].filter(matches).length;
  return {
    registered: images.size,
    succeeded: count(({ state }) => state === 'succeeded'),
    failed: count(({ state }) => state === 'failed'),
    /** Still unknown at the end; a person has to decide. */
    held: count(({ held }) => held),
    /** Without an outcome although the run was complete. */
    lost: lost.map((key) => finding(key)),
    /** Without an outcome because the run was cut short. */
    open: unsettled.length - lost.length,
    /** Accepted again while an earlier create had not failed. */
    doubles,
    /** Accepted more than once, each time after the earlier create had failed. */
    again: [...creates.values()].filter((made) => made.length > 1).length - doubles.length,
    /** The ledger and the cloud contradict each other. */
    wrong: [
      ...contradictions,
      ...strangers.map((key) => finding(key, 'accepted, but never ordered')),
    ],
  };
}

function createsOf({ state: { options, cloud }, accepted }: Simulator): Map<string, Made[]> {
  const moment = { now: Date.now(), options };
  const made = accepted.map((line) => {
    const task = cloud.tasks.get(line.job_id);
    return { line, task, phase: task ? phaseOf(task, moment) : 'no such job' };
  });
  return Map.groupBy(made, ({ line }) => line.marker ?? `without marker: ${line.name}`);
}

function isDouble(made: readonly Made[]): boolean {
  return made.some(({ line }, index) =>
    made.slice(0, index).some(({ task }) => !(task?.failure && task.endsAt <= line.at)),
  );
}

function isSettled(image: ImageStatus | undefined): boolean {
  if (image?.state === 'failed') return image.error !== null;
  return image?.state === 'succeeded' || (image?.state === 'unknown' && image.held);
}

/** How the cloud contradicts the ledger; `undefined` where they agree. */
function contradiction(image: ImageStatus | undefined, made: readonly Made[]): string | undefined {
  const active = made.filter(({ phase }) => phase === 'SUCCESS');
  const isThere = active.some(({ line }) => line.image_ids.includes(image?.image_id ?? ''));
  const inCloud = describeCloud(made);
  switch (image?.state) {
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
