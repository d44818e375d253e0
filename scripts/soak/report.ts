import type { Finding } from './judge.ts';
import { type Spread, standstillLine } from './recovery.ts';
import type { SoakFigures } from './run-soak.ts';

export function isClean({ verdict, recovery }: SoakFigures): boolean {
  const { lost, doubles, wrong } = verdict;
  const unexplained = recovery.standstills.filter(({ reason }) => reason === undefined).length;
  return lost.length + doubles.length + wrong.length + unexplained === 0;
}

export function buildReport(figures: SoakFigures): string {
  const { verdict } = figures;
  const rows = rowsOf(figures);
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    '',
    headline(figures),
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...statistics(figures),
    ...findings('LOST', verdict.lost),
    ...findings('DOUBLE', verdict.doubles),
    ...findings('WRONG STATE', verdict.wrong),
    ...figures.recovery.standstills.map(standstillLine),
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

type Row = readonly [name: string, value: string];

function rowsOf(figures: SoakFigures): readonly Row[] {
  const { options, verdict, fleet, cloud, flapping } = figures;
  const { registered, succeeded, failed, held } = verdict;
  const seconds = figures.wallMs / 1000;
  const each = (count: number) => (count / Math.max(1, registered)).toFixed(1);
  const share = ((100 * held) / Math.max(1, registered)).toFixed(2);
  const kb = (figures.lostBytes / 1024).toFixed(0);
  const faults = Object.entries(cloud.faults).map(([name, count]) => `${name} ${count}`);
  const rows: readonly (Row | false)[] = [
    ['mix', `${options.faults}, policy ${options.policy}, seed ${options.seed}`],
    ['images', `${registered}: ${succeeded} succeeded, ${failed} failed, ${held} held`],
    ['not done', String(verdict.open)],
    ['lost', String(verdict.lost.length)],
    ['double', String(verdict.doubles.length)],
    ['created again after a failure', String(verdict.again)],
    ['wrong state', String(verdict.wrong.length)],
    ['unknown', `${fleet.everUnknown} at some time, ${held} (${share} %) at the end`],
    ['workers killed', `${figures.kills} of ${options.kills}, ${figures.freezes} frozen`],
    [
      'Redis killed',
      `${figures.redisKills} of ${options.redisKills}, appendfsync ${options.fsync}`,
    ],
    options.powerCuts > 0 && [
      'power cuts',
      `${figures.powerCuts} of ${options.powerCuts}, took ${kb} KB of the append-only file`,
    ],
    options.clockSteps > 0 && ['clocks stepped', `${figures.clockSteps} of ${options.clockSteps}`],
    options.flapping && [
      'images hidden',
      `${flapping.spells} times, ${flapping.open} of them while under way, ${flapping.long} for longer than the window`,
    ],
    ...Object.entries(figures.recovery.after).flatMap(([fault, { moved, created }]): Row[] => [
      [`after: ${fault}`, `next move: ${spread(moved)}`],
      ['', `next create: ${spread(created)}`],
    ]),
    [
      'creates',
      `${cloud.posts} POSTs, ${cloud.accepted} accepted, at most ${cloud.maxInFlight} at once`,
    ],
    ['polls per image', `${each(cloud.jobPolls)}, and ${each(cloud.lists)} lists`],
    ['logins', String(cloud.logins)],
    ['429', `${cloud.throttled}; no creates for ${Math.round(fleet.pausedMs / 1000)} s after them`],
    ['faults', faults.join(', ') || 'none'],
    ['workers', `${fleet.started} started`],
    ['alarms of a double create', String(fleet.alarms)],
    ['time', `${seconds.toFixed(1)} s, ${(registered / seconds).toFixed(1)} images/s`],
  ];
  return rows.filter((row) => row !== false);
}

function spread({ count, medianMs, p95Ms, maxMs }: Spread): string {
  if (count === 0) return 'no sample';
  const s = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  return `${count} samples, median ${s(medianMs)}, p95 ${s(p95Ms)}, max ${s(maxMs)}`;
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
