import { setTimeout as delay } from 'node:timers/promises';
import type { SimulatorSettings } from '../../../simulator/settings.ts';
import type { Random } from '../../../src/shared/runtime/random.ts';
import type { FerryProcess } from '../ferry.ts';
import { FOREIGN_PAGES } from '../foreign-pages.ts';
import { hideImages } from '../hidden-images.ts';
import { chance, pick } from './chance.ts';
import { LOCK_MS, type Stage, WINDOW_MS, WRONG_MS } from './stage.ts';

/** Policies rest on it: what was accepted is listed within the window, however late it arrives. */
const LATEST_ARRIVAL_MS = WINDOW_MS * 0.3;
const LATEST_LISTING_MS = WINDOW_MS * 0.3;
/** Reads that prove an image gone are spread over a third of the window. */
const HIDDEN_MS = WINDOW_MS / 6;

const BAD: SimulatorSettings = {
  failShare: 0.05,
  retryAfter: 1,
  createFaults: {
    dropBefore: 0.03,
    dropAfter: 0.08,
    lateAccept: 0.06,
    lateHang: 0.02,
    hangAccepted: 0.02,
    http500: 0.02,
    http500Accepted: 0.02,
    http504Accepted: 0.02,
    htmlAccepted: 0.02,
    garbageAccepted: 0.02,
    noJobIdAccepted: 0.01,
    throttle: 0.02,
  },
  readFaults: { http500: 0.03, http502: 0.02, html: 0.02, drop: 0.03, stale: 0.02, staleMs: 500 },
};

const GOOD: SimulatorSettings = {
  failShare: 0,
  listingDelayMs: 0,
  createFaults: Object.fromEntries(Object.keys(BAD.createFaults ?? {}).map((name) => [name, 0])),
  readFaults: Object.fromEntries(Object.keys(BAD.readFaults ?? {}).map((name) => [name, 0])),
};

interface Surroundings {
  readonly stage: Stage;
  readonly random: Random;
  readonly workers: FerryProcess[];
  /** Images that IMS has named or a list has shown: what nobody knows yet is late, not hidden. */
  readonly known: () => Promise<readonly string[]>;
  readonly hidden: Set<string>;
}

type Disturbance = (at: Surroundings) => Promise<void>;

const kill: Disturbance = async ({ stage, random, workers }) => {
  const index = Math.floor(random.next() * workers.length);
  workers[index]?.process.kill('SIGKILL');
  workers[index] = stage.startWorker();
};

const freeze: Disturbance = async ({ random, workers }) => {
  const worker = pick(random, workers);
  worker.process.kill('SIGSTOP');
  await delay(LOCK_MS * (1 + random.next()));
  worker.process.kill('SIGCONT');
};

const stepWorker: Disturbance = async ({ random, workers }) => {
  const worker = pick(random, workers);
  // The handler is there once the worker has begun.
  if (worker.stderr().includes('worker started')) worker.process.kill('SIGUSR2');
};

const restartRedis: Disturbance = async ({ stage, random }) => {
  await stage.redis.kill();
  await delay(500 * random.next());
  await stage.redis.start();
};

const stepRedis: Disturbance = async ({ stage, random }) => {
  stage.redis.beWrongBy(pick(random, WRONG_MS));
};

/** A foreign page answers one call; the cloud may have carried the call out. */
const strangePage: Disturbance = async ({ stage, random }) => {
  const { status, page, json } = pick(random, FOREIGN_PAGES);
  const answer = { status, ...(page === undefined ? {} : { page }), ...(json ? { json } : {}) };
  const method = pick(random, ['POST', 'GET']);
  const path = method === 'POST' ? /\/action$/ : /cloudimages|jobs/;
  stage.proxy.plan({ fault: answer, method, path, forwarded: chance(random, 0.5) });
};

/** Each image at most once, and for less time than it takes to prove it gone. */
const hide: Disturbance = async ({ stage, random, known, hidden }) => {
  const images = (await known()).filter((id) => !hidden.has(id) && chance(random, 0.3));
  for (const id of images) hidden.add(id);
  const isDeleted = (id: string) =>
    stage.simulator.state.cloud.images.get(id)?.deletedAt !== undefined;
  const show = hideImages(
    stage.simulator,
    images.filter((id) => !isDeleted(id)),
  );
  await delay(HIDDEN_MS * random.next());
  show();
};

const lateList: Disturbance = async ({ stage, random }) => {
  stage.simulator.set({
    listingDelayMs: Math.round(LATEST_LISTING_MS * random.next()),
    createFaults: { lateMs: Math.round(LATEST_ARRIVAL_MS * random.next()) },
  });
};

const DISTURBANCES: readonly Disturbance[] = [
  kill,
  kill,
  freeze,
  stepWorker,
  restartRedis,
  stepRedis,
  strangePage,
  strangePage,
  hide,
  lateList,
  lateList,
];

/** One disturbance after the other until the run is over; then everything works again. */
export async function badTimes(at: Surroundings, isOver: () => boolean): Promise<void> {
  const { stage, random } = at;
  stage.simulator.set(BAD);
  while (!isOver()) {
    await pick(random, DISTURBANCES)(at);
    // Only the pace of the disturbances: this waits for nothing.
    await delay(700 * random.next());
  }
  stage.simulator.set(GOOD);
  stage.proxy.heal();
}
