import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import { type Failure, type FileResult, fileLine } from './report.ts';

type Thrown = { readonly message?: string; readonly stack?: string; readonly diff?: string };

/** Prints a line for each file when it ends, and keeps its result. */
export class FileReporter implements Reporter {
  readonly results: FileResult[] = [];
  /** When the last test ended, by `performance.now()`. */
  lastEndAt = 0;
  readonly #running = new Map<string, string>();
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** The tests that are running. */
  get running(): readonly string[] {
    return [...this.#running.values()];
  }

  onTestCaseReady(test: TestCase): void {
    this.#running.set(test.id, `${pathOf(test.module)} > ${test.fullName}`);
  }

  onTestCaseResult(test: TestCase): void {
    this.#running.delete(test.id);
    this.lastEndAt = performance.now();
  }

  onTestModuleEnd(module: TestModule): void {
    const result = resultOf(module);
    this.results.push(result);
    this.#print(fileLine(result));
  }

  /** Errors outside of tests, such as an unhandled rejection, fail the run. */
  onTestRunEnd(_: unknown, errors: readonly Thrown[]): void {
    if (errors.length === 0) return;
    const failures = errors.map((error) => ({ test: 'outside of any test', text: textOf(error) }));
    this.results.push({ path: 'test', passed: 0, skipped: 0, ms: 0, failures, missing: [] });
  }
}

function pathOf(module: TestModule): string {
  return relative(process.cwd(), module.moduleId);
}

function resultOf(module: TestModule): FileResult {
  const tests = [...module.children.allTests()];
  const skipped = tests.filter((test) => test.result().state === 'skipped');
  return {
    path: pathOf(module),
    passed: tests.filter((test) => test.result().state === 'passed').length,
    skipped: skipped.length,
    ms: module.diagnostic().duration,
    failures: [...tests.flatMap(failureOf), ...brokenParts(module)],
    missing: skipped.flatMap((test) => missingOf(test).slice(0, 1)),
  };
}

function failureOf(test: TestCase): Failure[] {
  const result = test.result();
  if (result.state !== 'failed') return [];
  return [{ test: test.fullName, text: result.errors.map(textOf).join('\n') }];
}

/** A file that could not be loaded, and hooks that failed. */
function brokenParts(module: TestModule): Failure[] {
  const parts = [module, ...module.children.allSuites()];
  return parts.flatMap((part) =>
    part.errors().map((error) => ({
      test: part.type === 'suite' ? part.fullName : '',
      text: textOf(error),
    })),
  );
}

/** A test needs what its suites need. */
function missingOf(test: TestCase): readonly string[] {
  const own = test.meta().missing ?? [];
  if (own.length > 0) return own;
  for (let suite: TestSuite | TestModule = test.parent; suite.type === 'suite'; ) {
    const missing = suite.meta().missing ?? [];
    if (missing.length > 0) return missing;
    suite = suite.parent;
  }
  return [];
}

const OF_OTHERS = /node_modules|node:internal|\(<anonymous>\)/;

/** The message, the difference, and the frames that are ours. */
function textOf({ message = 'no message', stack = '', diff }: Thrown): string {
  const frames = stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !OF_OTHERS.test(line))
    .map((line) => line.trim());
  const text = [message, ...(diff === undefined ? [] : [diff]), ...frames].join('\n');
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}
