import { readFileSync } from 'node:fs';

/** Linux: the unit of the times in /proc. */
const TICKS_A_SECOND = 100;

/** Seconds of processor time that a process has used; 0 where the system does not say. */
export function cpuSeconds(pid: number | undefined): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
}

/** Largest memory of a process until now, in MB; 0 where the system does not say. */
export function peakMb(pid: number | undefined): number {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
