import { parseArgs } from 'node:util';
import { PROFILE_NAMES } from './fault-profile.ts';

/** When acknowledged writes are on the disk of Redis: at once, or within a second. */
const FSYNCS = ['always', 'everysec'] as const;
export type Fsync = (typeof FSYNCS)[number];

/** Everything that determines a run (see USAGE); printed with its figures, so that it can be repeated. */
export type SoakOptions = Readonly<NonNullable<ReturnType<typeof parseOptions>>>;

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

const SWITCHES = ['flapping', 'help'];
/** Every `--name` in USAGE. */
const KNOWN = Object.fromEntries(
  [...USAGE.matchAll(/^ {2}--(\S+)/gm), ['', 'help']].map(([, name = '']) => [
    name,
    { type: SWITCHES.includes(name) ? ('boolean' as const) : ('string' as const) },
  ]),
);

/**
 * A killed worker is back after about a second; at a higher rate, kills would be left over. With
 * `everysec` it needs 3 s more, until it is certain that Redis keeps its intents.
 */
const SECONDS_PER_KILL: Readonly<Record<Fsync, number>> = { always: 0.8, everysec: 2 };

/** `undefined` when help is requested. @throws TypeError for an unknown option or a wrong value */
export function parseOptions(args: readonly string[]) {
  const given: Given = parseArgs({ args: [...args], options: KNOWN }).values;
  if (given['help']) return undefined;
  const images = number(given, 'images', 200);
  const kills = number(given, 'kills', Math.round(images / 10));
  const powerCuts = number(given, 'power-cuts', 0);
  const fsync = oneOf(given, 'fsync', FSYNCS) ?? (powerCuts > 0 ? 'everysec' : 'always');
  const lockMs = number(given, 'lock', 2000);
  const { json } = given;
  return {
    images,
    kills,
    freeze: number(given, 'freeze', 0),
    redisKills: number(given, 'redis-kills', 0),
    clockSteps: number(given, 'clock-steps', 0),
    powerCuts,
    flapping: given['flapping'] === true,
    fsync,
    workers: number(given, 'workers', 3),
    faults: oneOf(given, 'faults', PROFILE_NAMES) ?? 'rough',
    policy: oneOf(given, 'policy', ['auto', 'resubmit', 'hold']) ?? 'resubmit',
    seed: number(given, 'seed', 1),
    maxInFlight: number(given, 'max-in-flight', 60),
    windowMs: number(given, 'window', 8000),
    lockMs,
    rate: number(given, 'rate', rateFor(images, kills, fsync)),
    withinMs: number(given, 'within', Math.max(60_000, 30 * lockMs)),
    minutes: number(given, 'minutes', 60),
    ...(typeof json === 'string' && { json }),
  };
}

type Given = Readonly<Record<string, unknown>>;

function rateFor(images: number, kills: number, fsync: Fsync): number {
  const seconds = kills * SECONDS_PER_KILL[fsync];
  return kills === 0 ? 0 : Math.max(1, Math.round((60 * images) / seconds));
}

function number(given: Given, name: string, fallback: number): number {
  const value = Number(given[name] ?? fallback);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`--${name} ${given[name]} is not a number`);
}

function oneOf<W extends string>(given: Given, name: string, words: readonly W[]): W | undefined {
  const word = words.find((known) => known === given[name]);
  if (word !== undefined || given[name] === undefined) return word;
  throw new TypeError(`--${name} ${given[name]} is not one of ${words.join(', ')}`);
}
