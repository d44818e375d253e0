import { readFileSync } from 'node:fs';

/** Linux: the unit of the times in /proc. */
const TICKS_A_SECOND = 100;

/** Seconds of processor time that a process has used; 0 where the system does not say. */
export function cpuSeconds(pid: number | undefined): number {
  const { user, system } = timesOf(pid);
  return (user + system) / TICKS_A_SECOND;
}

/** The same of this process, with those that it started and that have ended. */
export function cpuSecondsWithChildren(): number {
  const { user, system, children } = timesOf(process.pid);
  return (user + system + children) / TICKS_A_SECOND;
}

/** Largest memory of a process until now, in MB; 0 where the system does not say. */
export function peakMb(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function timesOf(pid: number | undefined) {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number);
  return { user, system, children: childUser + childSystem };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
