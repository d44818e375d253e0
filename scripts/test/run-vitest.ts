import { availableParallelism } from 'node:os';
import { startVitest } from 'vitest/node';
import { adviceFor, type Need } from '../../test/support/programs.ts';
import { FileReporter } from './file-reporter.ts';
import { add, type Counts, closingLines, countsOf, NOTHING } from './report.ts';

/** `fast` shows within minutes whether a change is right; `long` has everything else. */
type Tier = 'fast' | 'long';

export interface Limits {
  readonly wholeMs: number;
  readonly stallMs: number;
}

export interface Wanted {
  readonly tier: Tier;
  /** Parts of paths. With any, matching files of both tiers run. */
  readonly filters: readonly string[];
  /** Limits for the whole run, and for a time in which no test ends: then the run stops and names what was running. */
  readonly limits: Limits;
}

const LONG = '*.long.test.ts';
/** A browser needs all of a small machine: its tests run after the others. */
const BROWSER = 'test/browser';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs the tests, a line for each file and a summary; never rejects for a test that failed. */
export async function runTests(wanted: Wanted): Promise<Counts> {
  const reporter = new FileReporter(print);
  const running = startVitest([...wanted.filters], {
    run: true,
    watch: false,
    maxWorkers: availableParallelism() + 1,
    reporters: [reporter],
    projects: projectsOf(wanted),
  });
  const broken = await atMost(wanted.limits, reporter, running);
  const { results } = reporter;
  for (const line of closingLines(results, (need) => adviceFor(need as Need))) print(line);
  const counts = countsOf(results);
  const nothingRan = counts.passed + counts.failed === 0;
  return add(counts, { ...NOTHING, failed: broken || nothingRan ? 1 : 0 });
}

function projectsOf({ tier, filters }: Wanted) {
  const both = filters.length > 0;
  const name = !both && tier === 'long' ? LONG : '*.test.ts';
  const exclude = !both && tier === 'fast' ? [`test/**/${LONG}`] : [];
  const tests = { include: [`test/**/${name}`], exclude: [...exclude, `${BROWSER}/**`] };
  const browser = { include: [`${BROWSER}/${name}`], exclude };
  return [tests, browser].map((files, groupOrder) => ({
    extends: true as const,
    test: { ...files, name: groupOrder === 0 ? 'tests' : 'browser', sequence: { groupOrder } },
  }));
}

/** True when the run had to be stopped. */
async function atMost(
  { wholeMs, stallMs }: Limits,
  reporter: FileReporter,
  running: ReturnType<typeof startVitest>,
): Promise<boolean> {
  const start = performance.now();
  const late = Promise.withResolvers<'late'>();
  const timer = setInterval(() => {
    const now = performance.now();
    const isStalled = now - Math.max(start, reporter.lastEndAt) > stallMs;
    if (isStalled || now - start > wholeMs) late.resolve('late');
  }, 1000);
  const ended = await Promise.race([running, late.promise]);
  clearInterval(timer);
  if (ended !== 'late') {
    await ended.close();
    return false;
  }
  const minutes = Math.round((performance.now() - start) / 60_000);
  print(`\nStopped after ${minutes} minutes. These tests were running:`);
  for (const test of reporter.running) print(`  ${test}`);
  return true;
}
