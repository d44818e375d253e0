import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { writeOrders } from '../../soak/orders.ts';
import type { Bench, Findings, Ground } from '../bench.ts';
import { benchRedis } from '../bench-redis.ts';
import { quantile, rounded, spread } from '../figures.ts';
import { type ProcessCost, watched } from '../watched-process.ts';

const IMAGES = 100_000;
const ROUNDS = 3;
const GOAL = 1.5;
const CLI = fileURLToPath(new URL('../../../src/cli.js', import.meta.url));
const BARE = fileURLToPath(new URL('./bare-producer.ts', import.meta.url));

export const producer: Bench = {
  name: 'producer',
  title: 'Reading and enqueuing 100,000 images',
  about:
    'Fifty manifests of 2,000 images each: `ims-ferry submit` (every field checked, registered in the ledger, enqueued) beside the least that any producer does, `yaml.parse` and `addBulk`. Whole processes, each on an empty Redis of its own. Such manifests are plain: `ims-ferry` reads them without the YAML parser. The last column is the same with one key of each file in quotes, so that the parser has to read it.',
  run,
};

const BY_PARSER =
  'Where the parser reads, both do the same work with the text; what `submit` does beyond that (every field checked with its place in the file, the ledger) is added to it, while a plain file saves the parser.';

interface Round {
  readonly ours: ProcessCost;
  /** The same images from files that are not plain. */
  readonly parsed: ProcessCost;
  readonly bare: ProcessCost;
}

async function run({ folder, path, say, scale }: Ground): Promise<Findings> {
  const images = Math.round(IMAGES * scale);
  const { files } = await writeOrders(folder, images);
  const odd = await Promise.all(files.map(withQuotedKey));
  const submit = (given: readonly string[]): Promise<ProcessCost> =>
    onRedis(path, (url) => watched([CLI, 'submit', ...given], { PATH: path, REDIS_URL: url }));
  const rounds: Round[] = [];
  for (let number = 1; number <= ROUNDS; number += 1) {
    say(`round ${number} of ${ROUNDS}`);
    const bare = await onRedis(path, (url) => watched([BARE, url, ...files], { PATH: path }));
    rounds.push({ bare, ours: await submit(files), parsed: await submit(odd) });
  }
  return report(rounds, images);
}

/** Sound, and not plain. */
async function withQuotedKey(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  const copy = file.replace(/\.yaml$/, '.odd.yaml');
  await writeFile(copy, text.replace('name:', '"name":'));
  return copy;
}

async function onRedis<T>(path: string, work: (url: string) => Promise<T>): Promise<T> {
  const redis = await benchRedis(path);
  try {
    return await work(redis.url);
  } finally {
    await redis.close();
  }
}

function report(rounds: readonly Round[], images: number): Findings {
  const ratios = rounds.map(({ ours, bare }) => ours.seconds / bare.seconds);
  const row = (name: string, pick: (cost: ProcessCost) => number): readonly string[] => [
    name,
    spread(
      rounds.map(({ bare }) => pick(bare)),
      1,
    ),
    spread(
      rounds.map(({ ours }) => pick(ours)),
      1,
    ),
    spread(rounds.map(({ bare, ours }) => pick(ours) / pick(bare))),
    spread(rounds.map(({ bare, parsed }) => pick(parsed) / pick(bare))),
  ];
  const median = quantile(ratios, 0.5);
  const byParser = quantile(
    rounds.map(({ parsed, bare }) => parsed.seconds / bare.seconds),
    0.5,
  );
  return {
    tables: [
      {
        caption: `${images} images, median of ${ROUNDS} rounds (smallest–largest)`,
        columns: ['', 'bare', 'ims-ferry submit', 'ratio', 'ratio, by the parser'],
        rows: [
          row('seconds', ({ seconds }) => seconds),
          row('processor seconds', (cost) => cost.cpuSeconds),
          row('largest memory, MB', (cost) => cost.peakMb),
        ],
      },
    ],
    verdicts: [
      {
        goal: `at most ${GOAL} times the bare one`,
        isMet: median <= GOAL,
        seen: `${rounded(median)} times.`,
      },
      {
        goal: `at most ${GOAL} times, too, where the YAML parser reads`,
        isMet: byParser <= GOAL,
        seen: `${rounded(byParser)} times.`,
      },
    ],
    notes: [BY_PARSER],
  };
}
