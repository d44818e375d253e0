import type { FlappingFigures } from './flapping.ts';
import type { FleetFigures } from './fleet.ts';
import type { Finding, Verdict } from './judge.ts';
import type { SoakOptions } from './options.ts';
import type { RecoveryFigures, Spread } from './recovery.ts';

type CloudFigures = Readonly<
  Record<
    'accepted' | 'posts' | 'logins' | 'throttled' | 'jobPolls' | 'lists' | 'maxInFlight',
    number
  >
> & { readonly faults: Readonly<Record<string, number>> };

/** The result of a run; what `--json` writes. */
export interface SoakFigures {
  readonly options: SoakOptions;
  readonly startedAt: string;
  readonly complete: boolean;
  readonly wallMs: number;
  readonly kills: number;
  readonly freezes: number;
  readonly redisKills: number;
  readonly powerCuts: number;
  /** Bytes of the append-only file lost in the power cuts. */
  readonly lostBytes: number;
  readonly clockSteps: number;
  readonly flapping: FlappingFigures;
  readonly recovery: RecoveryFigures;
  readonly verdict: Verdict;
  readonly fleet: FleetFigures;
  readonly cloud: CloudFigures;
}

export function isClean({ verdict, recovery }: SoakFigures): boolean {
  const { lost, doubles, wrong } = verdict;
  const unexplained = recovery.standstills.filter(({ reason }) => reason === undefined).length;
  return lost.length + doubles.length + wrong.length + unexplained === 0;
}

export function buildReport(figures: SoakFigures): string {
  const { verdict } = figures;
  const width = Math.max(...rowsOf(figures).map(([name]) => name.length));
  return [
    '',
    headline(figures),
    ...rowsOf(figures).map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...statistics(figures),
    ...findings('LOST', verdict.lost),
    ...findings('DOUBLE', verdict.doubles),
    ...findings('WRONG STATE', verdict.wrong),
    ...figures.recovery.standstills.map(
      ({ what, reason }) => `STANDSTILL ${what}: ${reason ?? 'no reason is reported'}`,
    ),
    ...figures.fleet.endedAlone.map((line) => `Note: ${line}`),
    '',
  ].join('\n');
}

function headline(figures: SoakFigures): string {
  if (!isClean(figures)) return 'BROKEN: see the findings below.';
  return figures.complete
    ? 'CLEAN: nothing lost, nothing created twice.'
    : 'INCOMPLETE: cut short.';
}

function rowsOf(figures: SoakFigures): readonly (readonly [string, string])[] {
  const { options, verdict, fleet, cloud } = figures;
  const { registered, succeeded, failed, held } = verdict;
  const seconds = figures.wallMs / 1000;
  const each = (count: number) => (count / Math.max(1, registered)).toFixed(1);
  const share = (count: number) => `${((100 * count) / Math.max(1, registered)).toFixed(2)} %`;
  return [
    ['mix', `${options.faults}, policy ${options.policy}, seed ${options.seed}`],
    ['images', `${registered}: ${succeeded} succeeded, ${failed} failed, ${held} held`],
    ['not done', String(verdict.open)],
    ['lost', String(verdict.lost.length)],
    ['double', String(verdict.doubles.length)],
    ['created again after a failure', String(verdict.again)],
    ['wrong state', String(verdict.wrong.length)],
    ['unknown', `${fleet.everUnknown} at some time, ${held} (${share(held)}) at the end`],
    ['workers killed', `${figures.kills} of ${options.kills}, ${figures.freezes} frozen`],
    [
      'Redis killed',
      `${figures.redisKills} of ${options.redisKills}, appendfsync ${options.fsync}`,
    ],
    ...hostRows(figures),
    ...recoveryRows(figures.recovery),
    [
      'creates',
      `${cloud.posts} POSTs, ${cloud.accepted} accepted, at most ${cloud.maxInFlight} at once`,
    ],
    ['polls per image', `${each(cloud.jobPolls)}, and ${each(cloud.lists)} lists`],
    ['logins', String(cloud.logins)],
    ['429', `${cloud.throttled}; no creates for ${Math.round(fleet.pausedMs / 1000)} s after them`],
    ['faults', faultText(cloud.faults)],
    ['workers', `${fleet.started} started, largest ${fleet.peakRssMb} MB`],
    ['alarms of a double create', String(fleet.alarms)],
    ['time', `${seconds.toFixed(1)} s, ${(registered / seconds).toFixed(1)} images/s`],
  ];
}

function hostRows(figures: SoakFigures): readonly (readonly [string, string])[] {
  const { options, powerCuts, lostBytes, clockSteps, flapping } = figures;
  const kb = (lostBytes / 1024).toFixed(0);
  const cuts = `${powerCuts} of ${options.powerCuts}, took ${kb} KB of the append-only file`;
  const { spells, open, long } = flapping;
  const hidden = `${spells} times, ${open} of them while under way, ${long} for longer than the window`;
  return [
    ...(options.powerCuts > 0 ? [['power cuts', cuts] as const] : []),
    ...(options.clockSteps > 0
      ? [['clocks stepped', `${clockSteps} of ${options.clockSteps}`] as const]
      : []),
    ...(options.flapping ? [['images hidden', hidden] as const] : []),
  ];
}

function recoveryRows({ after }: RecoveryFigures): readonly (readonly [string, string])[] {
  return Object.entries(after).flatMap(([fault, { moved, created }]) => [
    [`after: ${fault}`, `next move: ${spread(moved)}`] as const,
    ['', `next create: ${spread(created)}`] as const,
  ]);
}

function spread({ count, medianMs, p95Ms, maxMs }: Spread): string {
  if (count === 0) return 'no sample';
  const s = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  return `${count} samples, median ${s(medianMs)}, p95 ${s(p95Ms)}, max ${s(maxMs)}`;
}

function faultText(faults: Readonly<Record<string, number>>): string {
  const named = Object.entries(faults).map(([name, count]) => `${name} ${count}`);
  return named.length === 0 ? 'none' : named.join(', ');
}

/** The rule of three: what zero in n proves. */
function statistics({ verdict, cloud, kills }: SoakFigures): readonly string[] {
  if (verdict.doubles.length > 0 || cloud.accepted === 0) return [];
  const bound = (count: number) => `${(300 / count).toFixed(3)} %`;
  const lines = [
    `0 doubles in ${cloud.accepted} creates under this mix: with 95 % confidence below 3/${cloud.accepted} = ${bound(cloud.accepted)} of the creates.`,
  ];
  if (kills > 2) {
    lines.push(`0 doubles in ${kills} kills: with 95 % confidence below ${bound(kills)} of them.`);
  }
  return lines;
}

const SHOWN = 20;

function findings(title: string, found: readonly Finding[]): readonly string[] {
  const lines = found
    .slice(0, SHOWN)
    .map(({ key, name, what }) => `${title} ${name} ${key}: ${what}`);
  return found.length > SHOWN ? [...lines, `${title}: ${found.length - SHOWN} more`] : lines;
}
