import { escapeText } from '../shared/text/escape-text.ts';

/** Text from a manifest or a cloud, with invisible characters and direction marks made visible. */
export function visible(text: string): string {
  return escapeText(text);
}

/** `10,000`, or with a noun `1 image`, `2 images`. */
export function formatCount(count: number, noun?: string, plural = `${noun}s`): string {
  const number = count.toLocaleString('en-GB');
  if (noun === undefined) return number;
  return `${number} ${count === 1 ? noun : plural}`;
}

const MB = 1024 ** 2;
const GB = 1024 ** 3;

/** `40 GB`, `40.5 GB`, `1.0 GB`, `350 MB`; a little more than a whole number, which needs the next one, shows: `40.001 GB` */
export function formatBytes(bytes: number): string {
  const [unit, word] = bytes >= GB ? [GB, 'GB'] : [MB, 'MB'];
  const rounded = Math.round((bytes / unit) * 10) / 10;
  if (unit === GB && Number.isInteger(rounded) && rounded < bytes / unit) {
    return `${Math.ceil((bytes / unit) * 1000) / 1000} GB`;
  }
  const minimumFractionDigits = rounded < 10 ? 1 : 0;
  return `${rounded.toLocaleString('en-GB', { minimumFractionDigits })} ${word}`;
}

/** A clause as the beginning of a line. */
export function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Images per minute: whole numbers, one decimal below ten, two below a tenth. */
export function formatRate(perMinute: number): string {
  if (perMinute <= 0 || perMinute >= 9.95) return formatCount(Math.round(perMinute));
  return perMinute.toFixed(perMinute < 0.095 ? 2 : 1);
}

/** `120/min`, `3.4/min`, `0.05/min`. */
export function rateText(perMinute: number): string {
  return `${formatRate(perMinute)}/min`;
}

/** `2026-03-01T09:30:00.000Z` */
export function isoTime(ms: number): string {
  const at = new Date(ms);
  // Overwritten by hand: 1970 shows that, and the other times of a page stay visible.
  return (Number.isNaN(at.getTime()) ? new Date(0) : at).toISOString();
}

/** `2026-03-01 09:30:00`, in UTC. */
export function utcTime(ms: number): string {
  return isoTime(ms).slice(0, 19).replace('T', ' ');
}

const UNKNOWN = '–';

/** `1h 05m`, `3m 20s`, `12s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  const seconds = Math.max(0, Math.round(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return `${hours}h ${twoDigits(minutes % 60)}m`;
  if (minutes > 0) return `${minutes}m ${twoDigits(seconds % 60)}s`;
  return `${seconds}s`;
}

/** The same with tenths below ten seconds and days above two: `0.4s`, `12s`, `1h 05m`, `2d 03h`. */
export function formatSpan(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (ms < 9950) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 48) return formatDuration(ms);
  return `${Math.floor(hours / 24)}d ${twoDigits(hours % 24)}h`;
}

/** The same in a table, where a value may be absent. */
export function spanText(ms: number | undefined): string {
  return ms === undefined ? UNKNOWN : formatSpan(ms);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
