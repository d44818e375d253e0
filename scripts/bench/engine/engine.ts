import type { Bench, Findings, Ground, Table, Verdict } from '../bench.ts';
import { quantile, rounded, spread } from '../figures.ts';
import { bareHttp, bareQueues } from './bare-runs.ts';
import { ferryRun } from './ferry-run.ts';
import { type LongRun, longImports, longTable } from './long-imports.ts';

const IMAGES = 3000;
const ROUNDS = 3;
const GOAL = 0.6;
const COMMANDS = 80;

export const engine: Bench = {
  name: 'engine',
  title: 'One worker against an instant cloud',
  about:
    'Images a second of one worker process when IMS answers at once and every import is done at its first poll, beside what no importer can do without: the three HTTP calls of an image alone (create, IMS job, image), by ky and by undici with kept connections, and a bare BullMQ loop of two queues with nothing in it. Each is a process of its own; the stand-in cloud runs in the process of the bench. The ratio is to the slower of the two bounds.',
  run,
};

interface Round {
  readonly ky: number;
  readonly undici: number;
  readonly queues: number;
  readonly ours: number;
  readonly cpuMs: number;
  readonly commands: number;
  readonly peakMb: number;
}

async function run(ground: Ground): Promise<Findings> {
  const images = Math.max(200, Math.round(IMAGES * ground.scale));
  const rounds: Round[] = [];
  for (let number = 1; number <= ROUNDS; number += 1) {
    ground.say(`round ${number} of ${ROUNDS}`);
    rounds.push(await oneRound(ground, images));
  }
  return report(rounds, await longImports(ground), images);
}

async function oneRound(ground: Ground, images: number): Promise<Round> {
  const ky = await bareHttp('ky', images);
  const undici = await bareHttp('undici', images);
  const queues = await bareQueues(ground, images);
  const ours = await ferryRun({ folder: ground.folder, path: ground.path, images });
  const idle = await ferryRun({ folder: ground.folder, path: ground.path, images: 1 });
  return {
    ky: images / ky.seconds,
    undici: images / undici.seconds,
    queues: images / queues.seconds,
    // What a start costs is no part of the speed.
    ours: (images - 1) / Math.max(0.001, ours.seconds - idle.seconds),
    cpuMs: ((ours.cpuSeconds - idle.cpuSeconds) * 1000) / (images - 1),
    commands: (ours.redisCommands - idle.redisCommands) / (images - 1),
    peakMb: ours.peakMb,
  };
}

type Pick = (round: Round) => number;

const boundOf: Pick = ({ ky, queues }) => Math.min(ky, queues);

function report(rounds: readonly Round[], long: readonly LongRun[], images: number): Findings {
  return {
    tables: [speedTable(rounds, images), costTable(rounds), longTable(long)],
    verdicts: [...verdicts(rounds), longVerdict(long)],
    notes: NOTES,
  };
}

const NOTES = [
  'Why the speed is missed: a create goes over a connection of its own, so that nothing below can send it twice, while both bounds keep theirs; and each image takes eight round trips to Redis beside three to IMS (intent, outcome, two queue jobs), each of which writes to a socket by itself. Joining them (automatic pipelining of ioredis; corked sockets) was tried: the first costs more than it saves, the second saves nothing that could be measured. A project takes about one create a second, so one worker is hundreds of times faster than what it waits for.',
  "Why the commands are missed: about 75 of them are BullMQ's own, for the two queue jobs of an image: adding, starting, finishing, and its streams of events, which cannot be switched off. The ledger takes about 43, for three changes of state in scripts that also keep counts, places, due times, the story and the feed of changes. A poll that is more than a minute away costs BullMQ about 55 more, for handing the queue job back and taking it again; nearer ones stay with the worker and cost two.",
  'Imports of ten minutes are imported sixty times faster here, while the lock of a queue job lasts as long as always: what a worker does by the half minute (telling the ledger of an import in hand, renewing its lock, its own beat) is counted for a sixtieth of the time, so that the distance to the goal is larger than this table says. The section on ten million images has them in virtual time, the first of these included.',
];

function speedTable(rounds: readonly Round[], images: number): Table {
  const row = (name: string, pick: Pick): readonly string[] => [
    name,
    spread(rounds.map(pick), 0),
    spread(rounds.map((round) => pick(round) / boundOf(round))),
  ];
  return {
    caption: `${images} images, median of ${ROUNDS} rounds (smallest–largest)`,
    columns: ['', 'images/s', 'to the slower bound'],
    rows: [
      row('three calls an image by ky', ({ ky }) => ky),
      row('the same by undici', ({ undici }) => undici),
      row('bare BullMQ, two queues', ({ queues }) => queues),
      row('one worker of ims-ferry', ({ ours }) => ours),
    ],
  };
}

function costTable(rounds: readonly Round[]): Table {
  const row = (name: string, pick: Pick): readonly string[] => [name, spread(rounds.map(pick), 1)];
  return {
    caption: 'What an image costs one worker',
    columns: ['', 'median (smallest–largest)'],
    rows: [
      row('processor time, ms', ({ cpuMs }) => cpuMs),
      row('Redis commands, those within scripts too', ({ commands }) => commands),
      row('largest memory of the process, MB', ({ peakMb }) => peakMb),
    ],
  };
}

function verdicts(rounds: readonly Round[]): readonly Verdict[] {
  const median = (pick: Pick): number => quantile(rounds.map(pick), 0.5);
  const share = median((round) => round.ours / boundOf(round));
  const commands = median((round) => round.commands);
  return [
    {
      goal: `at least ${GOAL} of the slower bound`,
      isMet: share >= GOAL,
      seen: `${rounded(share)}.`,
    },
    {
      goal: `at most ${COMMANDS} Redis commands an image`,
      isMet: commands <= COMMANDS,
      seen: `${rounded(commands, 1)}.`,
    },
  ];
}

function longVerdict(long: readonly LongRun[]): Verdict {
  return {
    goal: `at most ${COMMANDS} also when imports take ten minutes`,
    isMet: long.every(({ commands }) => commands <= COMMANDS),
    seen: `${long.map(({ what, commands }) => `${rounded(commands, 0)} (${what})`).join(', ')}.`,
  };
}
