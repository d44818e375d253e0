import type { Bench, Findings, Ground, Row, Table, Verdict } from '../bench.ts';
import { mean, quantile, rounded } from '../figures.ts';
import { type Cloud, type PollRun, pollRun } from './poll-run.ts';

const IMAGES = 400;
const MINUTES = [1, 4, 15, 60];
const MINUTE = 60_000;
const INTERVAL = 10_000;
/** About a tenth more or less. */
const SIGMA = 0.1;

interface Kind extends Omit<Cloud, 'durationMs'> {
  readonly what: string;
}

const KINDS: readonly Kind[] = [
  { what: 'lists what is being created', tellsProgress: false, listsSaving: true },
  { what: 'tells progress', tellsProgress: true, listsSaving: false },
  { what: 'tells nothing', tellsProgress: false, listsSaving: false },
];

export const polls: Bench = {
  name: 'polls',
  title: 'Status calls, and how late an outcome is known',
  about:
    'The steps of the real worker over the real ledger, in virtual time, with the default settings: 400 images, 40 in flight, durations log-normal around 1, 4, 15 and 60 minutes (sigma 0.1). IMS is the stand-in in three tempers: its list shows images that are being created; its jobs tell `process_percent`; neither. Beside it a poller that asks for each import every 10 s, over the same durations. The lag is from the end in IMS to our record. The first forty images of a run are polled without any experience of how long such imports take; "warm" is all others.',
  run,
};

interface Measured {
  readonly kind: Kind;
  readonly minutes: number;
  readonly run: PollRun;
}

async function run({ path, say, scale }: Ground): Promise<Findings> {
  const images = Math.max(80, Math.round(IMAGES * scale));
  const measured: Measured[] = [];
  for (const kind of KINDS) {
    for (const minutes of MINUTES) {
      say(`${kind.what}, ${minutes} min`);
      const durationMs = { median: minutes * MINUTE, sigma: SIGMA };
      measured.push({ kind, minutes, run: await pollRun(path, images, { ...kind, durationMs }) });
    }
  }
  return { tables: [table(measured)], verdicts: verdicts(measured), notes: NOTES };
}

const NOTES = [
  'A list costs one call for all images in flight; it is counted in full, also where it only measures whether the list can be trusted (policy auto). Each import costs one more call at its end, which reads its image.',
  'Where an import of one minute misses the goal, the first forty of 400 are the cause, which nobody knew anything of (4 to 5 polls each), and the lists that measure whether a lost answer could be found again (0.3 an image): later imports of such a project have neither.',
];

function table(measured: readonly Measured[]): Table {
  return {
    caption: 'Calls an image, and lag in seconds',
    columns: [
      'the cloud',
      'import, min',
      'job reads',
      'lists',
      '10 s poller',
      'ratio',
      'lag p50',
      'lag p95',
      'warm p95',
      'poller p50',
      'poller p95',
    ],
    rows: measured.map(row),
  };
}

function row({ kind, minutes, run: is }: Measured): Row {
  const images = is.lags.length;
  const warm = is.lags.slice(40);
  const lag = (values: readonly number[], share: number): string =>
    rounded(quantile(values, share) / 1000, 1);
  return [
    kind.what,
    String(minutes),
    rounded(is.polls / images, 1),
    rounded(is.lists / images, 1),
    rounded(pollerCalls(is), 1),
    rounded(ratioOf(is)),
    lag(is.lags, 0.5),
    lag(is.lags, 0.95),
    lag(warm, 0.95),
    lag(pollerLags(is), 0.5),
    lag(pollerLags(is), 0.95),
  ];
}

function pollerCalls({ durations }: PollRun): number {
  return mean(durations.map((ms) => Math.ceil(ms / INTERVAL)));
}

function pollerLags({ durations }: PollRun): readonly number[] {
  return durations.map((ms) => Math.ceil(ms / INTERVAL) * INTERVAL - ms);
}

function ratioOf(is: PollRun): number {
  return (is.polls + is.lists) / is.lags.length / pollerCalls(is);
}

function verdicts(measured: readonly Measured[]): readonly Verdict[] {
  const missed = (fits: (one: Measured) => boolean): string => {
    const names = measured
      .filter((one) => !fits(one))
      .map(({ kind, minutes, run: is }) => `${minutes} min, ${kind.what}: ${rounded(ratioOf(is))}`);
    return names.length === 0 ? 'In every row.' : `Not so: ${names.join('; ')}.`;
  };
  const isFrugal = ({ run: is }: Measured): boolean => ratioOf(is) <= 1 / 3;
  const isPrompt = ({ run: is }: Measured): boolean =>
    quantile(is.lags, 0.5) <= quantile(pollerLags(is), 0.5);
  const fours = measured.filter(({ minutes }) => minutes === 4);
  const worst = Math.max(...fours.map(({ run: is }) => quantile(is.lags.slice(40), 0.95)));
  return [
    {
      goal: 'at most a third of the calls of a 10 s poller, lists included',
      isMet: measured.every(isFrugal),
      seen: missed(isFrugal),
    },
    {
      goal: 'no larger lag in the median',
      isMet: measured.every(isPrompt),
      seen: missed(isPrompt),
    },
    {
      goal: 'p95 at most 10 s for an import of four minutes, once forty were seen',
      isMet: worst <= 10_000,
      seen: `${rounded(worst / 1000, 1)} s at most.`,
    },
  ];
}
