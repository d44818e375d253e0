/**
 * `npm run test:all`: `npm test`, then the long tests; ends with one line for both and the time that each
 * took. Plain JavaScript, which Node 20 runs before anything is installed.
 */
import { spawn } from 'node:child_process';

const PARTS = [
  ['npm', 'test'],
  ['npm', 'run', 'test:long'],
];
const CLOSING_LINE = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

/** Runs a part with its output shown; returns the counts of its last closing line, or one failure if there is none. */
async function run([program, ...args]) {
  const start = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
    process.stdout.write(part);
  });
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', resolve);
  });
  const line = text.split('\n').findLast((one) => CLOSING_LINE.test(one)) ?? '0 passed, 1 failed';
  const [passed, failed, skipped = 0] = CLOSING_LINE.exec(line)
    .slice(1)
    .map((n) => Number(n ?? 0));
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  return {
    passed,
    // An exit code without a failed test is a failure, too.
    failed: code === 0 ? failed : Math.max(1, failed),
    skipped,
    took: `${[program, ...args].join(' ')} ${minutes} min`,
  };
}

const results = [];
for (const part of PARTS) results.push(await run(part));
const sum = (name) => results.reduce((total, result) => total + result[name], 0);
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
process.stdout.write(`\nTook: ${results.map(({ took }) => took).join(', ')}\n`);
process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed${skipped}\n`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
