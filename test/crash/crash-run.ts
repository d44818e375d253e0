import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CACHE } from '../../scripts/soak/ferry-process.ts';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloudsFile } from '../support/copies.ts';
import { launchRedis, type OwnRedis } from '../support/own-redis.ts';
import { startProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';
import {
  type CrashRow,
  ELSEWHERE,
  type Fault,
  POINTS,
  TAKING_OVER,
  titleOf,
} from './crash-points.ts';
import type { Order, Reply } from './crashing-worker.ts';
import { type Registered, registerTwo } from './register-two.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

const PROGRAM = fileURLToPath(new URL('./crashing-worker.ts', import.meta.url));
const LOCK_MS = 1000;
/** Rounds of duties in which a living worker sees that another one has lost its lock, and acts on it. */
const ROUNDS_TO_TAKE_OVER = 9;
/** Rounds after which a point that was not reached never will be. */
const ROUNDS_TO_THE_END = 30;
/** Far more than any run takes: an import that stands still is named, not waited for. */
const ROUNDS_TO_SETTLE = 600;

/** One import of two images with one fault at one point. */
interface Run {
  readonly row: CrashRow;
  readonly scenario: Scenario;
  readonly redis: OwnRedis;
  readonly simulator: Simulator;
  readonly env: Record<string, string>;
  readonly workers: ChildProcess[];
  /** How often the point was reached. */
  crossed: number;
  /** Rounds of duties that its workers have begun: the time of a run, whatever the machine does. */
  rounds: number;
  struck: boolean;
  readonly dying: Set<ChildProcess>;
  strike: Promise<void>;
  readonly log: string[];
  readonly problems: string[];
}

const NOT_REACHED = 'the point was not reached';

/** Answers what is wrong afterwards, by the cloud's own log: nothing, if all is well. */
export async function runCrash(row: CrashRow): Promise<readonly string[]> {
  const first = await crashOnce(row);
  // The way to a point leads past timeouts of 400 ms: on a busy machine it may have led elsewhere. Nothing
  // has crashed then, so nothing was tested. What did crash is never tried again.
  const wasTested = first.problems.join() !== NOT_REACHED;
  const { problems, log } = wasTested ? first : await crashOnce(row);
  return problems.length === 0 ? [] : [titleOf(row), ...problems, ...log.slice(-40)];
}

async function crashOnce(row: CrashRow): Promise<Run> {
  const scenario: Scenario = SCENARIOS[row.scenario];
  const redis = await launchRedis();
  const simulator = await startSimulator({ duration: 300, ...scenario.cloud });
  const state = {
    crossed: 0,
    rounds: 0,
    dying: new Set<ChildProcess>(),
    struck: false,
    strike: Promise.resolve(),
    workers: [],
    log: [],
    problems: [],
  };
  const run: Run = { row, scenario, redis, simulator, env: {}, ...state };
  let registered: Registered | undefined;
  try {
    registered = await registerTwo(redis.url, scenario, simulator);
    const { clouds } = scenario;
    if (clouds) run.env['OS_CLIENT_CONFIG_FILE'] = await cloudsFile(simulator, redis.folder);
    if (scenario.also === 'drain-queues') await registered.drainQueues();
    startCrashing(run);
    await settled(run, registered);
    await run.strike;
    judge(run, await registered.states());
  } finally {
    for (const worker of run.workers) worker.kill('SIGKILL');
    await registered?.close();
    await simulator.close();
    await redis.remove();
  }
  return run;
}

function startCrashing(run: Run): void {
  const env = accountEnv(run.simulator, run.redis.url, {
    IMS_FERRY_LOCK_MS: String(LOCK_MS),
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '1500',
    IMS_FERRY_POST_TIMEOUT_MS: '400',
    ...run.scenario.env,
  });
  const others = run.row.who === 'second' && run.crossed > 0 ? TAKING_OVER : [];
  const worker = startProgram('node', [PROGRAM], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: CACHE,
      CRASH_POINTS: [`${run.row.point} ${run.row.side}`, ...others].join(','),
      CRASH_KNOWN: [...Object.keys(POINTS), ...Object.keys(ELSEWHERE)].join(','),
      ...env,
      ...run.env,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const name = `w${run.workers.push(worker)}`;
  worker.stderr?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trimEnd().split('\n')) run.log.push(`${name} ${line}`);
  });
  worker.on('message', (message: CrashMessage) => {
    if (message.round) run.rounds += 1;
    if (message.unlisted) run.problems.push(`not in the list of points: ${message.unlisted}`);
    if (message.at) atPoint(run, worker, message.id ?? 0);
  });
}

interface CrashMessage {
  readonly at?: string;
  readonly id?: number;
  readonly unlisted?: string;
  readonly round?: true;
}

/** A worker waits at the point. The first one dies there, or is struck; later ones continue. */
function atPoint(run: Run, worker: ChildProcess, id: number): void {
  // Both images may have brought one worker here: it dies but once.
  if (run.dying.has(worker)) return;
  run.crossed += 1;
  const send = (order: Order): void => {
    // Whatever killed it meanwhile has given the order already.
    if (worker.connected) worker.send({ id, order } satisfies Reply, () => undefined);
  };
  if (run.struck) {
    send('go');
  } else if (run.row.who === 'second' && run.crossed === 1) {
    run.dying.add(worker);
    send('die');
    startCrashing(run);
  } else {
    run.struck = true;
    run.strike = STRIKE[run.row.fault](run, worker, send);
  }
}

type Strike = (run: Run, worker: ChildProcess, send: (order: Order) => void) => Promise<void>;

const STRIKE: Readonly<Record<Fault, Strike>> = {
  die: async (run, worker, send) => {
    run.dying.add(worker);
    send('die');
    startCrashing(run);
  },
  /** Past the lock, and until the other worker has created what it may create meanwhile. */
  freeze: async (run, worker, send) => {
    const before = run.simulator.accepted.length;
    worker.kill('SIGSTOP');
    startCrashing(run);
    const from = run.rounds;
    const hasPassed = (rounds: number) => run.rounds >= from + rounds;
    const wanted = Math.min(2, before + 2);
    await until(
      () =>
        hasPassed(2 * ROUNDS_TO_TAKE_OVER) ||
        (hasPassed(ROUNDS_TO_TAKE_OVER) && run.simulator.accepted.length >= wanted),
    );
    // What it was about to do, it does now.
    const awake = new Promise<void>((resolve) => {
      worker.on('message', (message: { awake?: true }) => message.awake && resolve());
      worker.once('exit', () => resolve());
    });
    worker.kill('SIGCONT');
    send('awake');
    await awake;
  },
  redis: async (run, _, send) => {
    await run.redis.kill();
    send('go');
    await delay(400);
    await run.redis.start();
  },
  drop: async (run, _, send) => {
    run.simulator.set({ nextCreates: { dropAfter: 1 }, nextReads: { drop: 1 } });
    send('go');
  },
};

async function settled(run: Run, registered: Registered): Promise<void> {
  let settledAt: number | undefined;
  for (;;) {
    if (run.scenario.also === 'make-room' && run.simulator.stats.posts > 1) {
      run.simulator.set({ imageQuota: 100 });
    }
    // The second worker may find nothing left to do.
    const isOver = run.struck || (run.row.who === 'second' && run.crossed > 0);
    // A create that is accepted late must have had its time.
    run.simulator.state.cloud.takeArrivals(run.simulator.state.options);
    const hasArrived = run.simulator.state.cloud.onTheirWay === 0;
    if (hasArrived && (await registered.isSettled())) {
      if (isOver) return;
      settledAt ??= run.rounds;
      if (run.rounds > settledAt + ROUNDS_TO_THE_END) {
        run.problems.push(NOT_REACHED);
        return;
      }
    }
    if (run.rounds > ROUNDS_TO_SETTLE) {
      run.problems.push('the imports stand still');
      return;
    }
    // It may never settle then; the checks below show what is wrong.
    if (doubles(run.simulator).length > 0) return;
    if (run.workers.every(hasEnded)) {
      run.problems.push('no worker is left');
      return;
    }
    await delay(50);
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) =>
  exitCode !== null || signalCode !== null;

function judge(run: Run, states: readonly string[]): void {
  const { simulator, scenario, problems } = run;
  const created = simulator.accepted.length;
  const wanted = scenario.creates ?? 2;
  if (doubles(simulator).length > 0) problems.push(`double: ${doubles(simulator).join(', ')}`);
  if (created !== wanted) problems.push(`${created} creates, ${wanted} wanted`);
  const isFailing = scenario.imageUrl !== undefined;
  const end = isFailing ? 'failed' : 'succeeded';
  if (states.some((state) => state !== end)) problems.push(`ended as ${states.join(', ')}`);
}
