import { spawn } from 'node:child_process';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { endWithUs } from '../soak/end-with-us.ts';
import { cpuSeconds, peakMb } from './process-cost.ts';

export interface ProcessCost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** Runs a Node script to its end. @throws Error with what it said when it fails */
export async function watched(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ProcessCost> {
  const start = systemClock.monotonic();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  endWithUs(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new AbortController();
  const exit = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      ended.abort();
      resolve(code);
    });
  });
  let [cpu, memory] = [0, 0];
  while (!ended.signal.aborted) {
    // What a process has used can be read only while it is there.
    cpu = Math.max(cpu, cpuSeconds(child.pid));
    memory = Math.max(memory, peakMb(child.pid));
    await systemClock.sleep(20, ended.signal);
  }
  if ((await exit) !== 0) throw new Error(`${args.join(' ')} failed:\n${said}`);
  const seconds = (systemClock.monotonic() - start) / 1000;
  return { seconds, cpuSeconds: cpu, peakMb: memory };
}
