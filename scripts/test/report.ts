/** The result of one test file. */
export interface FileResult {
  readonly path: string;
  readonly passed: number;
  readonly skipped: number;
  readonly ms: number;
  readonly failures: readonly Failure[];
  /** What the machine lacks, once for each skipped test. */
  readonly missing: readonly string[];
}

export interface Failure {
  /** Suites and test, separated by ` > `; empty when the file itself could not be loaded. */
  readonly test: string;
  /** Message, difference and place, as they are shown. */
  readonly text: string;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };

export function add(...all: readonly Counts[]): Counts {
  return all.reduce((sum, one) => ({
    passed: sum.passed + one.passed,
    failed: sum.failed + one.failed,
    skipped: sum.skipped + one.skipped,
  }));
}

/** Each failure counts as one test, including a file that could not be loaded. */
export function countsOf(results: readonly FileResult[]): Counts {
  return results.reduce(
    (sum, { passed, failures, skipped }) => add(sum, { passed, failed: failures.length, skipped }),
    NOTHING,
  );
}

export function fileLine({ path, passed, skipped, ms, failures }: FileResult): string {
  const mark = failures.length > 0 ? '✗' : passed > 0 ? '✓' : '-';
  const parts = [
    [passed, 'passed'],
    [failures.length, 'failed'],
    [skipped, 'skipped'],
  ] as const;
  const counts = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${mark} ${path.padEnd(52)} ${formatSeconds(ms).padStart(7)}  ${counts.join(', ')}`;
}

/** Everything that follows the lines of the files: failures, the slowest, what was skipped. */
export function closingLines(
  results: readonly FileResult[],
  adviceFor: (missing: string) => string,
): readonly string[] {
  return [...failureLines(results), ...slowestLines(results), ...skippedLines(results, adviceFor)];
}

function failureLines(results: readonly FileResult[]): string[] {
  return results.flatMap(({ path, failures }) =>
    failures.flatMap(({ test, text }) => {
      const title = [path, test].filter((part) => part !== '').join(' > ');
      return ['', `FAILED ${title}`, ...text.split('\n').map((line) => `  ${line}`)];
    }),
  );
}

const SLOWEST = 10;

function slowestLines(results: readonly FileResult[]): string[] {
  const slowest = results.toSorted((one, other) => other.ms - one.ms).slice(0, SLOWEST);
  return [
    '',
    'Slowest files:',
    ...slowest.map(({ path, ms }) => `  ${formatSeconds(ms).padStart(7)}  ${path}`),
  ];
}

function skippedLines(
  results: readonly FileResult[],
  adviceFor: (missing: string) => string,
): string[] {
  const missing = Map.groupBy(
    results.flatMap((result) => result.missing),
    (what) => what,
  );
  const reasons = [...missing].map(
    ([what, tests]) => `  ${tests.length} without ${what} (${adviceFor(what)})`,
  );
  const explained = [...missing.values()].reduce((sum, tests) => sum + tests.length, 0);
  const others = countsOf(results).skipped - explained;
  if (others > 0) reasons.push(`  ${others} by the tests themselves`);
  return reasons.length === 0 ? [] : ['', 'Skipped:', ...reasons];
}

/** `72 passed, 0 failed`, and `, 3 skipped` if there are any. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
