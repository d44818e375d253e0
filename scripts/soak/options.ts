import { parseArgs } from 'node:util';
import { PROFILE_NAMES, type ProfileName } from './fault-profile.ts';

/** When acknowledged writes are on the disk of Redis: at once, or within a second. */
export const FSYNCS = ['always', 'everysec'] as const;
export type Fsync = (typeof FSYNCS)[number];

/** Everything that determines a run; printed with its figures, so that it can be repeated. */
export interface SoakOptions {
  readonly images: number;
  readonly kills: number;
  /** Share of the kills that freeze the worker instead of killing it. */
  readonly freeze: number;
  readonly redisKills: number;
  /** Steps of the hosts' clocks, that of Redis included. */
  readonly clockSteps: number;
  /** Times that the host of Redis, which also runs a worker, loses power. */
  readonly powerCuts: number;
  /** Lists and reads hide images that were seen before, and show them again. */
  readonly flapping: boolean;
  readonly fsync: Fsync;
  readonly workers: number;
  readonly faults: ProfileName;
  readonly policy: string;
  readonly seed: number;
  readonly maxInFlight: number;
  readonly windowMs: number;
  readonly lockMs: number;
  /** Creates a minute; 0 = unlimited. */
  readonly rate: number;
  /** Longest time without progress and without a reported reason; beyond it the run has failed. */
  readonly withinMs: number;
  readonly minutes: number;
  readonly json?: string;
}

export const USAGE = `npm run soak -- [options]
  --images N        images to import (200)
  --kills K         workers to kill, spread over the run (N / 10)
  --freeze P        share of the kills that freeze for twice the lock instead (0)
  --redis-kills R   times that Redis is killed and started again (0)
  --clock-steps N   steps of a host's clock, forward or back by up to a day (0); needs libfaketime
  --power-cuts N    times that the host of Redis loses power, with a worker and what was not synced (0)
  --flapping        list and image reads hide images that were seen, some for longer than the window
  --fsync F         ${FSYNCS.join(', ')}: appendfsync of Redis (everysec with --power-cuts, else always)
  --workers W       worker processes (3)
  --faults F        ${PROFILE_NAMES.join(', ')} (rough)
  --policy P        auto, resubmit, hold (resubmit)
  --seed S          (1)
  --max-in-flight M images in flight at once (60)
  --window MS       how long an unknown create is looked up (8000)
  --lock MS         how soon the queue job of a killed worker is taken over (2000)
  --rate R          creates a minute, 0 = unlimited (slow enough for K kills)
  --within MS       longest time without progress unless a reason is reported (60000, or 30 locks)
  --minutes M       ends the run, as incomplete (60)
  --json FILE       writes the figures`;

const text = { type: 'string' } as const;
const KNOWN = {
  images: text,
  kills: text,
  freeze: text,
  'redis-kills': text,
  'clock-steps': text,
  'power-cuts': text,
  flapping: { type: 'boolean' },
  fsync: text,
  workers: text,
  faults: text,
  policy: text,
  seed: text,
  'max-in-flight': text,
  window: text,
  lock: text,
  rate: text,
  within: text,
  minutes: text,
  json: text,
  help: { type: 'boolean' },
} as const;

/**
 * A killed worker is back after about a second; at a higher rate, kills would be left over. With
 * `everysec` it needs 3 s more, until it is certain that Redis keeps its intents.
 */
const SECONDS_PER_KILL: Readonly<Record<Fsync, number>> = { always: 0.8, everysec: 2 };

/** `undefined` when help is requested. @throws TypeError for an unknown option or a wrong value */
export function parseOptions(args: readonly string[]): SoakOptions | undefined {
  const { values } = parseArgs({ args: [...args], options: KNOWN });
  if (values.help) return undefined;
  const images = number('images', values.images, 200);
  const kills = number('kills', values.kills, Math.round(images / 10));
  const powerCuts = number('power-cuts', values['power-cuts'], 0);
  const fsync = oneOf('fsync', values.fsync ?? (powerCuts > 0 ? 'everysec' : 'always'), FSYNCS);
  const lockMs = number('lock', values.lock, 2000);
  const { json } = values;
  return {
    images,
    kills,
    freeze: number('freeze', values.freeze, 0),
    redisKills: number('redis-kills', values['redis-kills'], 0),
    clockSteps: number('clock-steps', values['clock-steps'], 0),
    powerCuts,
    flapping: values.flapping ?? false,
    fsync,
    workers: number('workers', values.workers, 3),
    faults: oneOf('faults', values.faults ?? 'rough', PROFILE_NAMES),
    policy: oneOf('policy', values.policy ?? 'resubmit', ['auto', 'resubmit', 'hold']),
    seed: number('seed', values.seed, 1),
    maxInFlight: number('max-in-flight', values['max-in-flight'], 60),
    windowMs: number('window', values.window, 8000),
    lockMs,
    rate: number('rate', values.rate, rateFor(images, kills, fsync)),
    withinMs: number('within', values.within, Math.max(60_000, 30 * lockMs)),
    minutes: number('minutes', values.minutes, 60),
    ...(json === undefined ? {} : { json }),
  };
}

function rateFor(images: number, kills: number, fsync: Fsync): number {
  const seconds = kills * SECONDS_PER_KILL[fsync];
  return kills === 0 ? 0 : Math.max(1, Math.round((60 * images) / seconds));
}

function number(name: string, given: string | undefined, fallback: number): number {
  const value = given === undefined ? fallback : Number(given);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`--${name} ${given} is not a number`);
}

function oneOf<Word extends string>(name: string, given: string, words: readonly Word[]): Word {
  const word = words.find((known) => known === given);
  if (word !== undefined) return word;
  throw new TypeError(`--${name} ${given} is not one of ${words.join(', ')}`);
}
