import type { Bench, Findings, Ground, Row, Table, Verdict } from '../bench.ts';
import { mean, quantile, rounded } from '../figures.ts';
import { type Cloud, type PollRun, pollRun } from './poll-run.ts';

const IMAGES = 400;
const MINUTES = [1, 4, 15, 60];
const MINUTE = 60_000;
const INTERVAL = 10_000;
/** Imports that are alike take a tenth more or less; those of a mixed batch a half. */
const ALIKE = 0.1;
const MIXED = 0.4;

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
    'The steps of the real worker over the real ledger, in virtual time, with the default settings: 400 images, 40 in flight, durations log-normal around 1, 4, 15 and 60 minutes: alike (sigma 0.1), and as different as in a mixed batch (sigma 0.4). IMS is the stand-in in three tempers: its list shows images that are being created; its jobs tell `process_percent`; neither. Beside it a poller that asks for each import every 10 s, over the same durations. The lag is from the end in IMS to our record; round trips take no time here. The first forty images of a run are polled without any experience of how long such imports take; "warm" is all others.',
  run,
};

interface Measured {
  readonly kind: Kind;
  readonly minutes: number;
  readonly sigma: number;
  readonly run: PollRun;
}

async function run({ path, say, scale }: Ground): Promise<Findings> {
  const images = Math.max(80, Math.round(IMAGES * scale));
  const measured: Measured[] = [];
  for (const sigma of [ALIKE, MIXED]) {
    for (const kind of KINDS) {
      for (const minutes of MINUTES) {
        say(`${kind.what}, ${minutes} min, sigma ${sigma}`);
        const cloud = { ...kind, durationMs: { median: minutes * MINUTE, sigma } };
        measured.push({ kind, minutes, sigma, run: await pollRun(path, images, cloud) });
      }
    }
  }
  const alike = measured.filter(({ sigma }) => sigma === ALIKE);
  const mixed = measured.filter(({ sigma }) => sigma === MIXED);
  return {
    tables: [table('alike', alike), table('mixed', mixed)],
    verdicts: [...verdicts('Alike', alike), ...verdicts('Mixed', mixed)],
    notes: NOTES,
  };
}

const NOTES = [
  'A list costs one call for all images in flight; it is counted in full, also where it only measures whether the list can be trusted (policy auto). Each import costs one more call at its end, which reads its image.',
  'Where an import of one minute misses the goal, the first forty of 400 are the cause, which nobody knew anything of (4 to 5 polls each), and the lists that measure whether a lost answer could be found again (0.3 an image): later imports of such a project have neither.',
  'Where imports are mixed and the cloud neither lists nor tells progress, nobody can say when one ends: from the first likely moment on it is asked for every sixteenth of what its like take, within 7.5 and 20 s (one and a half and four times `IMS_FERRY_POLL_MIN_MS`): short imports leave a place empty for as small a share of their time as long ones, for more calls; the median lag of long ones is 10 s, and 17 s where an import takes an hour. A poller with its 10 s has half of that, and needs three times the calls: where nothing is told, few calls and a small lag exclude each other. A smaller `IMS_FERRY_POLL_MIN_MS` narrows it, for more calls. The p95 has the first forty in it, which are asked for every 15 s or a sixteenth of the time that they have taken so far.',
];

function table(what: string, measured: readonly Measured[]): Table {
  return {
    caption: `Calls an image, and lag in seconds: imports that are ${what}`,
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

function verdicts(what: string, measured: readonly Measured[]): readonly Verdict[] {
  const missed = (fits: (one: Measured) => boolean, said: (one: Measured) => string): string => {
    const names = measured
      .filter((one) => !fits(one))
      .map((one) => `${one.minutes} min, ${one.kind.what}: ${said(one)}`);
    return names.length === 0 ? 'In every row.' : `Not so: ${names.join('; ')}.`;
  };
  const seconds = (ms: number): string => `${rounded(ms / 1000, 1)} s`;
  const isFrugal = ({ run: is }: Measured): boolean => ratioOf(is) <= 1 / 3;
  const isPrompt = ({ run: is }: Measured): boolean =>
    quantile(is.lags, 0.5) <= quantile(pollerLags(is), 0.5);
  const fours = measured.filter(({ minutes }) => minutes === 4);
  const isSoon = ({ run: is }: Measured): boolean => quantile(is.lags, 0.95) <= 10_000;
  return [
    {
      goal: `${what}: at most a third of the calls of a 10 s poller, lists included`,
      isMet: measured.every(isFrugal),
      seen: missed(isFrugal, ({ run: is }) => rounded(ratioOf(is))),
    },
    {
      goal: `${what}: no larger lag in the median`,
      isMet: measured.every(isPrompt),
      seen: missed(isPrompt, ({ run: is }) => seconds(quantile(is.lags, 0.5))),
    },
    {
      goal: `${what}: p95 at most 10 s for an import of four minutes, the first forty included`,
      isMet: fours.every(isSoon),
      seen: fours
        .map(({ kind, run: is }) => `${seconds(quantile(is.lags, 0.95))} (${kind.what})`)
        .join(', ')
        .concat('.'),
    },
  ];
}
