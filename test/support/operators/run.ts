import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BatchStatus, ImageStatus } from '../../../src/producer/batch-status.ts';
import { seededRandom } from '../../../src/shared/runtime/random.ts';
import { type FerryProcess, runFerry } from '../ferry.ts';
import { redisFellBack } from '../recorded-history.ts';
import { until } from '../until.ts';
import { badTimes } from './bad-times.ts';
import { judge } from './judge.ts';
import { act, type Deeds, type Operator } from './operator.ts';
import { Orders } from './orders.ts';
import { openStage, type Stage } from './stage.ts';

interface RunOf {
  readonly policy: string;
  readonly seed: number;
}

const OPERATORS = 2;
/** Of each of them. */
const ACTS = 30;

/** People, workers and the cloud act at random; then everything works again, and the result is judged. */
export async function runOperators({ policy, seed }: RunOf): Promise<void> {
  // Who archives a batch and submits it again begins its images at revision 1: their moves do not follow each other.
  redisFellBack();
  const random = seededRandom(seed);
  const stage = await openStage(policy, seed, random);
  const orders = new Orders(stage.folder, `s${seed}${policy}`, random);
  const deeds: Deeds = { asked: [], broken: [], done: [] };
  const workers = [stage.startWorker(), stage.startWorker()];
  for (const batch of orders.batches) {
    await runFerry(['submit', await orders.edited(batch)], stage.env);
  }
  let over = false;
  const known = async () =>
    (await imagesOf(stage, orders)).flatMap(({ image_id }) => image_id ?? []);
  const surroundings = { stage, random, workers, known, hidden: new Set<string>() };
  const troubled = badTimes(surroundings, () => over);
  const people = Array.from({ length: OPERATORS }, async () => {
    const operator: Operator = { stage, orders, random, deeds };
    for (let acts = 0; acts < ACTS; acts += 1) {
      await act(operator);
      // Only the pace of a person: this waits for nothing.
      await delay(600 * random.next());
    }
  });
  await Promise.all(people).finally(() => {
    over = true;
  });
  await troubled;
  await settle(stage, orders);
  const statuses = await statusesOf(stage, orders);
  const verdict = judge({ simulator: stage.simulator, ordered: orders.ordered, deeds, statuses });
  const found = Object.entries({ ...verdict, broken: deeds.broken }).filter(
    ([, some]) => some.length > 0,
  );
  if (found.length === 0) return;
  const text = JSON.stringify(found, undefined, 1);
  const folder = await keepEvidence({ text, deeds, workers: stage.workers });
  throw new Error(`${text}\nWhat people did, and the workers' logs: ${folder}`);
}

/** This folder stays, so that the run can be examined. */
async function keepEvidence(run: {
  readonly text: string;
  readonly deeds: Deeds;
  readonly workers: readonly FerryProcess[];
}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-operators-'));
  await writeFile(join(folder, 'found.json'), run.text);
  await writeFile(join(folder, 'done.txt'), run.deeds.done.join('\n'));
  const logs = run.workers.map((worker, nth) =>
    writeFile(join(folder, `worker-${nth + 1}.log`), worker.stderr()),
  );
  await Promise.all(logs);
  return folder;
}

/** Lets everything continue until nothing moves any more. */
async function settle(stage: Stage, orders: Orders): Promise<void> {
  for (const batch of orders.batches) {
    await runFerry(['submit', await orders.complete(batch)], stage.env);
    await runFerry(['resume', batch], stage.env);
  }
  await runFerry(['resume'], stage.env);
  await until(async () => {
    await delay(500);
    const images = await imagesOf(stage, orders);
    return images.every(({ state, held }) => held || AT_REST.has(state));
  });
}

const AT_REST = new Set(['succeeded', 'failed', 'cancelled']);

async function imagesOf(stage: Stage, orders: Orders): Promise<readonly ImageStatus[]> {
  return (await statusesOf(stage, orders)).flatMap(({ images }) => images);
}

/** Of the batches that are in the ledger. */
async function statusesOf(stage: Stage, orders: Orders): Promise<readonly BatchStatus[]> {
  const found = await Promise.all(
    orders.batches.map(async (batch) => {
      const { code, stdout } = await runFerry(['status', batch, '--json'], stage.env);
      return Number(code) < 2 ? [JSON.parse(stdout) as BatchStatus] : [];
    }),
  );
  return found.flat();
}
