const DAY_MS = 86_400_000;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** In the zone of this machine: `14:20`, within a week `Tue 14:20`, else `2026-12-24 14:20`. */
export function localTime(at: number, now: number): string {
  const [time, today] = [new Date(at), new Date(now)];
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === today.toDateString()) return clock;
  if (Math.abs(at - now) < 6 * DAY_MS) return `${DAYS[time.getDay()]} ${clock}`;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}

/** `14:20:07`, in the zone of this machine. */
export function clockTime(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
