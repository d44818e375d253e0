/** `npm run soak`: thousands of images under faults and kills, judged by the log of the cloud. */
import { writeFile } from 'node:fs/promises';
import { parseOptions, type SoakOptions, USAGE } from './soak/options.ts';
import { buildReport, isClean } from './soak/report.ts';
import { runSoak } from './soak/run-soak.ts';
import { setStage } from './soak/stage.ts';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function soak(options: SoakOptions): Promise<number> {
  say(`soak ${JSON.stringify(options)}`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (stop.signal.aborted ? process.exit(2) : stop.abort()));
  }
  const stage = await setStage(options, process.env['PATH']);
  let keep = true;
  try {
    const figures = await runSoak(options, stage, { say, stop: stop.signal });
    say(buildReport(figures));
    if (options.json !== undefined) {
      await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
    }
    keep = !isClean(figures);
    return keep ? 1 : 0;
  } finally {
    keep = keep && !stop.signal.aborted;
    await stage.close(keep);
    if (keep) say(`Logs of the workers and the cloud's log: ${stage.folder}`);
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options) process.exitCode = await soak(options);
  else say(USAGE);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
// After a failure connections to a Redis that is gone would keep the process.
process.exit();
