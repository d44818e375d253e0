import type { BatchStatus } from '../../../src/producer/batch-status.ts';
import type { Random } from '../../../src/shared/runtime/random.ts';
import { BASIC } from '../dashboard.ts';
import { runFerry } from '../ferry.ts';
import { chance, pick } from './chance.ts';
import type { Orders } from './orders.ts';
import type { Stage } from './stage.ts';

/** What people did, as far as the judge needs to know it. */
export interface Deeds {
  /** When and of which batch somebody ordered images to be created again. */
  readonly asked: { readonly at: number; readonly batch: string }[];
  /** Commands that ended in a way that no command may end in. */
  readonly broken: string[];
  /** Everything, in its order. */
  readonly done: string[];
}

export interface Operator {
  readonly stage: Stage;
  readonly orders: Orders;
  readonly random: Random;
  readonly deeds: Deeds;
}

type Command = (operator: Operator, batch: string) => Promise<readonly string[]>;

const named = ({ random }: Operator): readonly string[] =>
  chance(random, 0.5) ? ['--name', `*${Math.floor(random.next() * 10)}`] : [];

const COMMANDS: readonly Command[] = [
  async ({ orders }, batch) => ['submit', await orders.edited(batch)],
  async ({ orders }, batch) => ['submit', await orders.edited(batch)],
  async ({ orders }, batch) => ['submit', '--retry-failed', await orders.edited(batch)],
  async ({ orders }, batch) => ['submit', '--recreate', await orders.edited(batch)],
  async (operator, batch) => ['retry', batch, ...named(operator)],
  async (operator, batch) => ['retry', batch, '--cancelled', ...named(operator)],
  async (operator, batch) => ['cancel', batch, ...named(operator)],
  async (operator, batch) => ['resolve', batch, '--adopt', ...named(operator)],
  async (operator, batch) => ['resolve', batch, '--resubmit', ...named(operator)],
  async (operator, batch) => ['resolve', batch, '--fail', ...named(operator)],
  async () => ['reconcile'],
  async () => ['reconcile', '--adopt'],
  async ({ stage }, batch) => ['archive', batch, '--to', `${stage.folder}/archive`],
  async (_, batch) => ['pause', batch],
  async (_, batch) => ['resume', batch],
  async () => ['resume'],
];

/** Options that order another image in place of one that is gone or failed. */
const ASKING = new Set(['--recreate', '--retry-failed', '--resubmit', 'retry', 'submit']);

/** Does one thing at random. */
export async function act(operator: Operator): Promise<void> {
  const { random, orders } = operator;
  const batch = pick(random, orders.batches);
  const roll = random.next();
  if (roll < 0.25) return press(operator, batch);
  if (roll < 0.3) return deleteImage(operator, batch);
  return run(operator, batch, await pick(random, COMMANDS)(operator, batch));
}

async function run(
  { stage, deeds }: Operator,
  batch: string,
  args: readonly string[],
): Promise<void> {
  if (args.some((arg) => ASKING.has(arg))) deeds.asked.push({ at: Date.now(), batch });
  const { code, stderr } = await runFerry(args, stage.env);
  const at = new Date().toISOString();
  deeds.done.push(`${at} ${args.join(' ')}: ${code}`);
  // 2 is for a batch that is not there (archived), 3 for a Redis or a cloud that is away.
  const isExpected =
    [0, 1, 2, 3].includes(Number(code)) && !/This is a bug in ims-ferry/.test(stderr);
  if (!isExpected) deeds.broken.push(`${args.join(' ')}: ${code} ${stderr}`);
}

const BATCH_BUTTONS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['pause', {}],
  ['resume', {}],
  ['retry', {}],
  ['resolve', { decision: 'adopt' }],
  ['resolve', { decision: 'resubmit' }],
  ['resolve', { decision: 'fail' }],
];

/** A button of the dashboard. */
async function press({ stage, orders, random, deeds }: Operator, batch: string): Promise<void> {
  const [, url = ''] = /Dashboard: (http\S+?)\/?( |$)/m.exec(stage.dashboard.stderr()) ?? [];
  const [action, fields] = pick(random, BATCH_BUTTONS);
  const keys = [...orders.ordered].filter(([, { batches }]) => batches.has(batch));
  const isOne = ['retry', 'resolve'].includes(action) && keys.length > 0 && chance(random, 0.5);
  const part = isOne ? `/images/${pick(random, keys)[0]}` : '';
  const path = chance(random, 0.1) ? '/stop/resume' : `/batches/${batch}${part}/${action}`;
  if (action === 'retry' || action === 'resolve') deeds.asked.push({ at: Date.now(), batch });
  const status = await fetch(`${url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { authorization: BASIC, origin: url, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams(fields),
  }).then(
    (response) => response.status,
    () => 'cut off',
  );
  deeds.done.push(
    `${new Date().toISOString()} button ${path} ${JSON.stringify(fields)}: ${status}`,
  );
  // 404: no such batch now; 503: Redis or the cloud is away.
  if (![303, 404, 503, 'cut off'].includes(status)) deeds.broken.push(`button ${path}: ${status}`);
}

/** Somebody deletes an image that was imported, in the cloud's own console. */
async function deleteImage({ stage, random, deeds }: Operator, batch: string): Promise<void> {
  const { code, stdout } = await runFerry(['status', batch, '--json'], stage.env);
  if (Number(code) > 1) return;
  const { images } = JSON.parse(stdout) as BatchStatus;
  // One that is imported, but not seen to be active, is waited for: for ten minutes.
  const done = images.filter(({ state }) => state === 'succeeded');
  const { images: stored } = stage.simulator.state.cloud;
  const image = done.length > 0 ? stored.get(pick(random, done).image_id ?? '') : undefined;
  if (!image || image.deletedAt !== undefined) return;
  deeds.done.push(`${new Date().toISOString()} deleted ${image.name}: image ${image.id}`);
  stored.put({ ...image, deletedAt: Date.now() });
}
