import type { Findings, Row, Table, Verdict } from '../bench.ts';
import { quantile, rounded, spread } from '../figures.ts';
import { CONTENDERS, type Contender } from './contenders.ts';
import type { Load } from './load-watch.ts';
import type { Finish } from './race.ts';

const GOAL = 1.05;

export interface Races {
  readonly finishes: readonly Finish[];
  readonly images: number;
  readonly limits: readonly number[];
  readonly load: Load;
}

export function report(races: Races): Findings {
  return {
    tables: races.limits.map((limit) => table(races, limit)),
    verdicts: races.limits.flatMap((limit) => verdicts(races, limit)),
    notes: [...NOTES, loadNote(races.load)],
  };
}

const NOTES = [
  'Time runs from the start of the processes to their end: for ims-ferry `work` and `submit --wait`, started together on an empty Redis, with the default settings but for the limit and, where it says so, `IMS_FERRY_SUBMIT_RATE`. "Where the cloud tells nothing": its list shows no image before it is done, and its jobs tell no progress. A place is empty from the end of an import in IMS to the acceptance of the next.',
  'The peers are stood in for by their intervals and by what they do about a 429, all at the same limit: Terraform for OTC sleeps a minute and fails whatever is throttled after five 429s in the whole run, unless that number is raised; Terraform for Huawei sleeps 1, 2, 4, 8 and 16 minutes, then gives the image up; packer for Huawei leaves a poll for the next. All others back off with growing, jittered pauses, and never give up; the gateway sends no `Retry-After`. An image that was given up goes on in IMS and keeps its place there, so that later creates are refused.',
  'Why it is missed where the cloud tells nothing: durations that are so little alike (sigma 0.4) foretell nothing, and from the first likely end on an import is asked for about every 8 s (a sixteenth of what its like take); the first ones, of which nothing is known, about every 15 s. At 40 in flight that is 3 to 4.5 requests a second of the five that the gateway takes, so that polls wait for their turn.',
];

function loadNote({ ours, machine, delayMs }: Load): string {
  const percent = (share: number): string => `${rounded(100 * share, 0)} %`;
  const [middle, high] = [quantile(machine, 0.5), quantile(machine, 0.95)];
  return `Everything ran side by side, the limits and the rounds, too. The bench itself used ${percent(ours)} of the processors in the mean; with whatever else ran on the machine they were busy to ${percent(middle)} in the median and ${percent(high)} at the 95th percentile; the clouds answered up to ${rounded(delayMs, 0)} ms late (99 %).`;
}

function table({ finishes, images }: Races, limit: number): Table {
  const rounds = finishes.filter((one) => one.limit === limit).length / CONTENDERS.length;
  return {
    caption: `${images} images, ${limit} in flight, median of ${rounds} rounds, of two the larger (smallest–largest)`,
    columns: [
      '',
      'makespan to the bound',
      'requests an image',
      '429s',
      'first accepted after, s',
      'all places taken after, s',
      'a place empty for, s',
      'known to be done',
      'made twice',
    ],
    rows: CONTENDERS.map((contender) => row(of(finishes, contender, limit), images)),
  };
}

function of(finishes: readonly Finish[], contender: Contender, limit: number): readonly Finish[] {
  return finishes.filter((one) => one.contender === contender && one.limit === limit);
}

function row(rounds: readonly Finish[], images: number): Row {
  const figures = (pick: (finish: Finish) => number, digits: number): string => {
    return shortSpread(rounds.map(pick), digits);
  };
  return [
    rounds[0]?.contender.name ?? '',
    ratioText(rounds, images),
    figures(({ requests }) => requests / images, 1),
    figures(({ throttled }) => throttled, 0),
    figures(({ firstAfter }) => firstAfter, 1),
    figures(({ filledAfter }) => filledAfter, 0),
    figures(({ emptyFor }) => emptyFor, 1),
    rounds.some(({ isStopped }) => isStopped) ? '' : figures(({ known }) => known, 0),
    figures(({ doubles }) => doubles, 0),
  ];
}

function shortSpread(values: readonly number[], digits: number): string {
  return new Set(values).size === 1 ? rounded(values[0] ?? 0, digits) : spread(values, digits);
}

/** How long it took to give up is no speed. */
function ratioText(rounds: readonly Finish[], images: number): string {
  const ratios = rounds.map(({ ratio }) => ratio);
  if (rounds.some(({ isStopped }) => isStopped)) return `over ${rounded(Math.min(...ratios))}`;
  if (rounds.some(({ known }) => known < images)) return 'gave up images';
  return spread(ratios, 3);
}

function verdicts({ finishes, images }: Races, limit: number): readonly Verdict[] {
  const mine = of(finishes, OURS, limit);
  const ratios = mine.map(({ ratio }) => ratio);
  const isWhole = mine.every(({ known, doubles }) => known === images && doubles === 0);
  const mean = (rounds: readonly Finish[]): number =>
    rounds.reduce((sum, { throttled }) => sum + throttled, 0) / rounds.length;
  const others = CONTENDERS.filter(({ isOurs }) => !isOurs).map((one) => {
    return mean(of(finishes, one, limit));
  });
  const ownRows = CONTENDERS.filter((one) => one.isOurs && one !== OURS).map((one) => {
    const found = of(finishes, one, limit).map(({ ratio }) => ratio);
    return {
      goal: `${limit} in flight, ${one.name}: at most ${GOAL} times the bound`,
      isMet: quantile(found, 0.5) <= GOAL,
      seen: `${spread(found, 3)}.`,
    };
  });
  return [
    {
      goal: `${limit} in flight: at most ${GOAL} times the bound, every image known and made once`,
      isMet: isWhole && quantile(ratios, 0.5) <= GOAL,
      seen: `${spread(ratios, 3)}.`,
    },
    ...ownRows,
    {
      goal: `${limit} in flight: the fewest 429s`,
      isMet: mean(mine) <= Math.min(...others),
      seen: `${rounded(mean(mine), 1)} a run; the next has ${rounded(Math.min(...others), 1)}.`,
    },
  ];
}

const OURS = CONTENDERS[0] as Contender;
