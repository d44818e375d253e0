import { setTimeout as delay } from 'node:timers/promises';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import { type FastifyInstance, fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { POLL_QUEUE, Queues, SUBMIT_QUEUE } from '../../src/shared/queues/queues.ts';
import { type Random, seededRandom } from '../../src/shared/runtime/random.ts';
import { accountEnv, createsByMarker, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

interface Board {
  readonly app: FastifyInstance;
  readonly queues: Queues;
  readonly random: Random;
}

/** The real Bull Board, without a port. */
async function openBoard(): Promise<Board> {
  const queues = new Queues(redis.client, 'default');
  const app = fastify();
  const serverAdapter = new FastifyAdapter();
  const both = [new BullMQAdapter(queues.submit), new BullMQAdapter(queues.poll)];
  createBullBoard({ queues: both, serverAdapter });
  await app.register(serverAdapter.registerPlugin());
  onTestFinished(async () => {
    await app.close();
    await queues.close();
  });
  return { app, queues, random: seededRandom(9) };
}

type Method = 'PUT' | 'PATCH' | 'POST';
type Press = readonly [method: Method, path: string, body?: object];

const STATES = ['completed', 'failed', 'delayed', 'waiting', 'prioritized', 'active'];
const A_YEAR_MS = 365 * 86_400_000;

/** Buttons of a queue. */
const QUEUE_BUTTONS: readonly Press[] = [
  ...STATES.map((state) => ['PUT', `clean/${state}`] as const),
  ['PUT', 'retry/completed'],
  ['PUT', 'retry/failed'],
  ['PUT', 'promote'],
  ['PUT', 'pause'],
  ['PUT', 'obliterate', { force: true }],
  ['PUT', 'resume'],
  ['PUT', 'empty'],
  ['PUT', 'concurrency', { concurrency: 1 }],
  ['POST', 'add', { name: 'x', data: { key: 'nonsense' }, options: {} }],
];

/** Buttons of one queue job. */
const JOB_BUTTONS: readonly Press[] = [
  ['PUT', 'retry'],
  ['PUT', 'clean'],
  ['PUT', 'promote'],
  ['PATCH', 'delay', { delay: A_YEAR_MS }],
  ['PATCH', 'priority', { priority: 5 }],
  ['PATCH', 'update-data', { jobData: { key: 'nonsense', name: 'x' } }],
];

async function press({ app }: Board, queue: string, [method, path, body]: Press): Promise<number> {
  const url = `/api/queues/${queue}/${path}`;
  const { statusCode } = await app.inject({ method, url, payload: body ?? {} });
  return statusCode;
}

function pick<T>(random: Random, all: readonly T[]): T | undefined {
  return all[Math.floor(random.next() * all.length)];
}

async function pressSomething(board: Board): Promise<number | undefined> {
  const { queues, random } = board;
  const name = random.next() < 0.5 ? SUBMIT_QUEUE : POLL_QUEUE;
  if (random.next() < 0.4) {
    const button = pick(random, QUEUE_BUTTONS);
    return button && press(board, name, button);
  }
  const jobs = await (name === SUBMIT_QUEUE ? queues.submit : queues.poll).getJobs();
  const job = pick(
    random,
    jobs.filter((one) => one !== undefined),
  );
  const [method, path, body] = pick(random, JOB_BUTTONS) ?? ['PUT', 'retry'];
  if (job?.id === undefined) return undefined;
  return press(board, name, [method, `${job.id}/${path}`, body ?? {}]);
}

test('every button of Bull Board, again and again: nothing is created twice, nothing is lost', async () => {
  const simulator = await cloud({
    duration: { median: 1200, sigma: 0.5 },
    createFaults: { dropAfter: 0.05 },
  });
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_LOCK_MS: '500',
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
    IMS_FERRY_MAX_IN_FLIGHT: '4',
  });
  const board = await openBoard();
  startFerry(['work'], env);
  startFerry(['work'], env);
  const waiting = runFerry(['submit', '--wait', await manifestFile('pressed', 24)], env);
  const answers = new Map<number, number>();
  const worked = () => (answers.get(200) ?? 0) + (answers.get(204) ?? 0);
  while (simulator.accepted.length < 20 || worked() < 30) {
    const status = await pressSomething(board);
    if (status !== undefined) answers.set(status, (answers.get(status) ?? 0) + 1);
    // The pace of the presses; nothing is waited for.
    await delay(20);
    // Pausing is meant to stop the work: it is taken back at once.
    for (const queue of [SUBMIT_QUEUE, POLL_QUEUE]) await press(board, queue, ['PUT', 'resume']);
  }
  const { code, stderr } = await waiting;
  expect(stderr).toContain('24/24 done (24 succeeded)');
  expect(code).toBe(0);
  expect(createsByMarker(simulator).size).toBe(24);
  expect(doubles(simulator)).toEqual([]);
  // Most presses did what they were meant to do.
  const all = [...answers.values()].reduce((sum, count) => sum + count, 0);
  expect(worked() / all).toBeGreaterThan(0.5);
});

test('Retry of a queue job whose image has succeeded or failed creates nothing', async () => {
  const simulator = await cloud({ duration: 200 });
  const env = accountEnv(simulator, redis.url);
  const board = await openBoard();
  startFerry(['work'], env);
  const file = await manifestFile('over', 2);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  const broken = await manifestFile('broken', 2, 'bucket:broken');
  expect((await runFerry(['submit', '--wait', broken], env)).code).toBe(1);
  for (let round = 0; round < 25; round += 1) {
    for (const queue of [SUBMIT_QUEUE, POLL_QUEUE]) {
      await press(board, queue, ['PUT', 'retry/completed']);
      await press(board, queue, ['PUT', 'retry/failed']);
    }
  }
  const more = await manifestFile('more', 1);
  expect((await runFerry(['submit', '--wait', more], env)).code).toBe(0);
  expect(simulator.stats.posts).toBe(5);
});
