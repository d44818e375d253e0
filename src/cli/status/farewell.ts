import { OverviewReader } from '../../producer/live/overview.ts';
import { atMost, LATE } from '../../shared/runtime/clock.ts';
import { countImages } from '../describe.ts';
import type { OpenLedger } from '../open/open-ledger.ts';
import type { Console } from '../terminal/console.ts';

/** What a command that was stopped leaves behind. */
export interface Farewell {
  /** The command that continues the work. */
  readonly again: string;
  /** This process was a worker itself. */
  readonly isWorker: boolean;
  /** Redis ends with this process. */
  readonly hasOwnRedis: boolean;
}

const READ_MS = 400;

/** Says what continues in IMS after Ctrl-C, and how to follow it; also when Redis does not answer. */
export async function sayFarewell(
  open: OpenLedger,
  { io, isForPeople }: Pick<Console, 'io' | 'isForPeople'>,
  left: Farewell,
): Promise<void> {
  if (!isForPeople || !io.stop.aborted) return;
  for (const text of await farewellLines(open, left)) io.err(text);
}

async function farewellLines(
  open: OpenLedger,
  { again, isWorker, hasOwnRedis }: Farewell,
): Promise<readonly string[]> {
  const read = await atMost(open.clock, READ_MS, leftBehind(open)).catch((): typeof LATE => LATE);
  const look = hasOwnRedis ? [] : ['To look: ims-ferry status --watch'];
  if (read === LATE) {
    const what = 'Stopped. IMS continues with the images it has accepted; nothing is lost.';
    return [what, `To continue: ${again}`, ...look];
  }
  const { inFlight, pending } = read;
  const workers = Math.max(0, read.workers - (isWorker ? 1 : 0));
  if (inFlight + pending === 0) return ['Stopped. Nothing was in flight, and nothing waits.'];
  const inIms =
    inFlight === 0 ? 'No image is in IMS' : `IMS continues to create ${countImages(inFlight)}`;
  const rest = pending === 0 ? '' : `; ${countImages(pending)} ${pending === 1 ? 'waits' : 'wait'}`;
  const other = isWorker ? 'other ' : '';
  const none = hasOwnRedis ? '' : `No ${other}worker runs: `;
  const others =
    workers === 0
      ? `${none}results are recorded, and what waits is submitted, as soon as one runs again.`
      : `${workers} ${other}${workers === 1 ? 'worker continues' : 'workers continue'} with them.`;
  return [
    `Stopped. ${inIms}${rest}. Nothing is lost.`,
    `${others.charAt(0).toUpperCase()}${others.slice(1)}`,
    `To continue: ${again}`,
    ...look,
  ];
}

async function leftBehind(open: OpenLedger) {
  const { batches, inFlight } = await new OverviewReader(open).read();
  const pending = batches.reduce((sum, { counts }) => sum + counts.pending, 0);
  const { workers } = await open.project.fleet(open.clock.now());
  return { inFlight, pending, workers };
}
