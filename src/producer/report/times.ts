import { formatDuration } from '../progress.ts';

/** `2026-03-01T09:30:00.000Z` */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** `2026-03-01 09:30:00`, in UTC. */
export function utcTime(ms: number): string {
  return isoTime(ms).slice(0, 19).replace('T', ' ');
}

/** `0.4s`, `12s`, `3m 20s`, `1h 05m`, `2d 03h`. */
export function formatSpan(ms: number): string {
  if (ms < 9950) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 48) return formatDuration(ms);
  return `${Math.floor(hours / 24)}d ${String(hours % 24).padStart(2, '0')}h`;
}

/** Images an hour: whole numbers, one decimal below ten. */
export function formatRate(perHour: number): string {
  return perHour < 10 ? perHour.toFixed(1) : Math.round(perHour).toLocaleString('en-GB');
}
