import type { Bench, Findings, Ground } from '../bench.ts';
import { quantile, rounded, spread } from '../figures.ts';
import { bareHttp, bareQueues } from './bare-runs.ts';
import { ferryRun } from './ferry-run.ts';

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
  return report(rounds, images);
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

function report(rounds: readonly Round[], images: number): Findings {
  const of = (pick: (round: Round) => number): readonly number[] => rounds.map(pick);
  const bound = ({ ky, queues }: Round): number => Math.min(ky, queues);
  const ratios = of((round) => round.ours / bound(round));
  const share = quantile(ratios, 0.5);
  const commands = quantile(
    of(({ commands: count }) => count),
    0.5,
  );
  const row = (name: string, pick: (round: Round) => number): readonly string[] => [
    name,
    spread(of(pick), 0),
    spread(of((round) => pick(round) / bound(round))),
  ];
  return {
    tables: [
      {
        caption: `${images} images, median of ${ROUNDS} rounds (smallest–largest)`,
        columns: ['', 'images/s', 'to the slower bound'],
        rows: [
          row('three calls an image by ky', (round) => round.ky),
          row('the same by undici', (round) => round.undici),
          row('bare BullMQ, two queues', (round) => round.queues),
          row('one worker of ims-ferry', (round) => round.ours),
        ],
      },
      {
        caption: 'What an image costs one worker',
        columns: ['', 'median (smallest–largest)'],
        rows: [
          ['processor time, ms', spread(of(({ cpuMs }) => cpuMs))],
          [
            'Redis commands, those within scripts too',
            spread(
              of((one) => one.commands),
              1,
            ),
          ],
          [
            'largest memory of the process, MB',
            spread(
              of((one) => one.peakMb),
              0,
            ),
          ],
        ],
      },
    ],
    verdicts: [
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
    ],
    notes: [],
  };
}
