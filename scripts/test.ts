/**
 * `npm test`: type check, lint, and the fast tests. `npm run test:long`: the other tests.
 *   node scripts/test.ts [--long | --attacks] [PART-OF-A-PATH…]
 * Ends with a line `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readAttacks } from './test/attacks.ts';
import { add, type Counts, closingLine, formatSeconds } from './test/report.ts';
import { runTests } from './test/run-vitest.ts';

const MINUTE_MS = 60_000;
/** For busy machines; a quiet one takes a tenth. */
const LIMITS = {
  fast: { wholeMs: 20 * MINUTE_MS, stallMs: 4 * MINUTE_MS },
  long: { wholeMs: 50 * MINUTE_MS, stallMs: 10 * MINUTE_MS },
};
const TOOLS = resolve('node_modules/.bin');

const took: string[] = [];

async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  took.push(`${what} ${formatSeconds(performance.now() - start)}`);
  return result;
}

/** Counts as one test. Tools find the Node of node_modules first. */
function check(tool: string, args: readonly string[]): Counts {
  const path = [TOOLS, process.env['PATH'] ?? ''].join(delimiter);
  const { status } = spawnSync(join(TOOLS, tool), args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  const ok = status === 0;
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** The tests could not even be started. */
function cannotRun(error: unknown): Counts {
  process.stdout.write(`The tests cannot run: ${error instanceof Error ? error.stack : error}\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

const USAGE = `Usage: node scripts/test.ts [--long | --attacks] [PART-OF-A-PATH…]
One test alone: node node_modules/vitest/vitest.mjs run FILE -t NAME`;

/** What vitest knows as a flag must not be taken for a path that no file has. */
function readArguments() {
  const options = { long: { type: 'boolean' }, attacks: { type: 'boolean' } } as const;
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    const [what] = String(error instanceof Error ? error.message : error).split('. ', 1);
    process.stderr.write(`${what}.\n${USAGE}\n`);
    return process.exit(2);
  }
}

const { values, positionals } = readArguments();
const tier = values.long || values.attacks ? 'long' : 'fast';
const attacks = values.attacks ? readAttacks().flatMap(({ files }) => files) : [];
const filters = [...positionals, ...new Set(attacks)];
const counts: Counts[] = [];
if (tier === 'fast') {
  counts.push(await timed('type check', () => check('tsc', ['--noEmit'])));
  counts.push(await timed('lint', () => check('biome', ['check', '--error-on-warnings'])));
}
counts.push(
  await timed('tests', () => runTests({ tier, filters, limits: LIMITS[tier] }).catch(cannotRun)),
);
const total = add(...counts);
process.stdout.write(`\nTook: ${took.join(', ')}\n${closingLine(total)}\n`);
process.exit(total.failed === 0 ? 0 : 1);
