import { CONTENDERS, type Contender, OURS, POLLER } from './contenders.ts';
import type { Finish } from './race.ts';

const MOST_RATIO = 1.05;
const START = '<!-- bench makespan -->';
const END = '<!-- end of makespan -->';

interface Races {
  readonly finishes: readonly Finish[];
  readonly images: number;
  readonly limits: readonly number[];
  /** Date, processors and version of Node. */
  readonly machine: string;
}

/** The section of docs/benchmarks.md. */
export function buildSection(races: Races): string {
  return [
    START,
    '## How long a migration takes',
    ABOUT,
    `\`npm run bench -- makespan\`, ${races.machine}:`,
    ...races.limits.map((limit) => table(races, limit)),
    races.limits.flatMap((limit) => verdicts(races, limit)).join('\n'),
    ...NOTES,
    END,
  ].join('\n\n');
}

/** The page with this section in place of the older one. */
export function placed(page: string, section: string): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start === -1 || end === -1) return `${page.trimEnd()}\n\n${section}\n`;
  return `${page.slice(0, start)}${section}${page.slice(end + END.length)}`;
}

const ABOUT =
  'In real time: 300 images, 20 or 40 in flight; each import takes about two minutes (log-normal, sigma 0.4) and each request 150 ms; the gateway answers 429 beyond five requests a second. Every contender has a cloud of its own and, but for the one with sizes, gets the same durations. The bound is list scheduling: the next image starts the moment a place is free, and nothing else takes any time.';

const NOTES = [
  'Time runs from the start of the processes to their end; for ims-ferry these are `work` and `submit --wait`, started together on an empty Redis. Status calls are reads of IMS jobs, lists and images. A place is empty from the end of one import in IMS to the acceptance of the next. The scripts back off with growing, jittered pauses after a 429 and never give up; the gateway sends no `Retry-After`. All contenders run side by side on one machine.',
  'Without progress and early tags the cloud gives no hint of when an import ends. Durations that differ as much as these (sigma 0.4) predict little, so an import is polled about every 8 s from the time when the first ones may end.',
  'With sizes that are known, an import takes 20 s and 10 s for each gigabyte of its file, a twelfth more or less (sigma 0.08); files are of 10 GB (log-normal, sigma 0.48), so that durations differ as much as those of the others. The images are registered before the time runs, as a submit does that reads the sizes in OBS. How long an import takes is learned from the first ones of the same run.',
];

const COLUMNS = [
  '',
  'makespan / bound',
  'status calls per image',
  'of a 10 s poller',
  '429s',
  'a place empty for, s',
  'known to be done',
  'created twice',
];

function table({ finishes, images }: Races, limit: number): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(COLUMNS.map((_, index) => (index === 0 ? '---' : '---:')));
  const polled = median(of(finishes, POLLER, limit).map(({ statusCalls }) => statusCalls));
  const rows = CONTENDERS.map((one) => row(of(finishes, one, limit), images, polled));
  const caption = `**${images} images, ${limit} in flight: median of the rounds (smallest–largest)**`;
  return [caption, '', line(COLUMNS), rule, ...rows.map(line)].join('\n');
}

function of(finishes: readonly Finish[], contender: Contender, limit: number): readonly Finish[] {
  return finishes.filter((one) => one.contender === contender && one.limit === limit);
}

function row(rounds: readonly Finish[], images: number, polled: number): readonly string[] {
  const isStopped = rounds.some((one) => one.isStopped);
  const figures = (pick: (finish: Finish) => number, digits: number): string =>
    spread(rounds.map(pick), digits);
  return [
    rounds[0]?.contender.name ?? '',
    isStopped ? 'stopped at 1.5' : figures(({ ratio }) => ratio, 3),
    figures(({ statusCalls }) => statusCalls / images, 1),
    (median(rounds.map(({ statusCalls }) => statusCalls)) / polled).toFixed(2),
    figures(({ throttled }) => throttled, 0),
    figures(({ emptyFor }) => emptyFor, 1),
    isStopped ? '' : figures(({ known }) => known, 0),
    figures(({ doubles }) => doubles, 0),
  ];
}

function verdicts({ finishes, images }: Races, limit: number): readonly string[] {
  const ratios = CONTENDERS.filter(({ isOurs }) => isOurs).map((contender) => {
    const rounds = of(finishes, contender, limit);
    const values = rounds.map(({ ratio }) => ratio);
    const isWhole = rounds.every(({ known, doubles }) => known === images && doubles === 0);
    const isMet = isWhole && median(values) <= MOST_RATIO;
    const goal = `at most ${MOST_RATIO} times the bound, every image known and created once`;
    return verdict(`${limit} in flight, ${contender.name}: ${goal}`, isMet, spread(values, 3));
  });
  const throttled = (contender: Contender): number =>
    median(of(finishes, contender, limit).map((one) => one.throttled));
  const fewest = Math.min(...CONTENDERS.filter(({ isOurs }) => !isOurs).map(throttled));
  return [
    ...ratios,
    verdict(
      `${limit} in flight: the fewest 429s`,
      throttled(OURS) <= fewest,
      `${throttled(OURS)}; the best script has ${fewest}`,
    ),
  ];
}

function verdict(goal: string, isMet: boolean, seen: string): string {
  return `- ${isMet ? 'Met' : '**Missed**'}: ${goal}. ${seen}.`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** `0.71 (0.68–0.75)`, or one number where all are the same. */
function spread(values: readonly number[], digits: number): string {
  const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)].map(
    (value) => value.toFixed(digits),
  );
  return low === high ? `${middle}` : `${middle} (${low}–${high})`;
}
