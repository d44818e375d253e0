import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as rules from './setup/source-rules.ts';
import { parseSource, readSources } from './setup/source-scan.ts';
import * as texts from './setup/text-rules.ts';
import { findWords, forbiddenWords, wordsOfGlossary } from './setup/word-rules.ts';
import { needing } from './support/programs.ts';

const sources = readSources('{src,simulator}/**/*.ts', 'test/**/*.ts', 'scripts/**/*.{ts,mjs}');
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const dependencies = Object.keys(manifest.dependencies);

interface RuleRow {
  readonly fact: string;
  readonly rule: rules.Rule;
  /** Files that break the rule, each once: the rule must find them all. */
  readonly broken: readonly (readonly [path: string, text: string])[];
}

const aFunction = (lines: number) => `export function f() {\n${'  f();\n'.repeat(lines - 2)}}\n`;
const imports = (count: number) =>
  Array.from({ length: count }, (_, at) => `import './part-${at}.ts';\n`).join('');

const rows: readonly RuleRow[] = [
  {
    fact: 'producer, worker and operator never import each other',
    rule: rules.sidesStayApart,
    broken: [
      ['src/producer/a.ts', "import { b } from '../worker/b.ts';"],
      ['src/operator/a.ts', "import { b } from '../worker/b.ts';"],
      ['src/worker/deep/a.ts', "import type { B } from '../../producer/b.ts';"],
      ['src/worker/b.ts', "export * from '../producer/b.ts';"],
      ['src/worker/c.ts', "const b = await import('../producer/b.ts');"],
    ],
  },
  {
    fact: 'shared imports neither side',
    rule: rules.sharedKnowsNoSide,
    broken: [['src/shared/x/a.ts', "import { b } from '../../worker/b.ts';"]],
  },
  {
    fact: 'only demo, simulator and the library know the simulator, and it knows no rule of theirs',
    rule: rules.simulatorStaysOutside,
    broken: [
      ['src/cli/work.ts', "import { s } from '../../simulator/server.ts';"],
      ['src/library/ferry.ts', "import { s } from '../../simulator/server.ts';"],
      ['simulator/ims/a.ts', "import { b } from '../../src/shared/state/b.ts';"],
    ],
  },
  {
    fact: 'reports and pages share the ui, which knows neither',
    rule: rules.uiIsShared,
    broken: [
      ['src/ui/a.ts', "import { b } from '../producer/b.ts';"],
      ['src/producer/report/a.ts', "import { b } from '../../dashboard/b.ts';"],
      ['src/dashboard/a.ts', "import { b } from '../producer/report/html/charts.ts';"],
    ],
  },
  {
    fact: 'sources import no tests and no scripts',
    rule: rules.sourcesStandAlone,
    broken: [['src/worker/a.ts', "import { fake } from '../../test/support/fake.ts';"]],
  },
  {
    fact: 'a driver is imported by its own files only',
    rule: rules.driversStayBehindTheirFiles,
    broken: [
      ['src/worker/a.ts', "import ky from 'ky';"],
      ['src/shared/cloud/ims.ts', "import { Agent } from 'undici';"],
      ['src/producer/b.ts', "import { Queue } from 'bullmq';"],
      ['src/worker/c.ts', "import { Redis } from 'ioredis';"],
      ['src/worker/d.ts', "import { Command } from 'commander';"],
      ['src/worker/e.ts', "import { parse } from 'yaml';"],
      ['src/worker/f.ts', "import { pino } from 'pino';"],
    ],
  },
  {
    fact: 'every imported package is a dependency',
    rule: rules.importsAreDependencies(dependencies),
    broken: [['src/worker/a.ts', "import { test } from 'vitest/node';"]],
  },
  {
    fact: 'only the worker creates images',
    rule: rules.onlyTheWorkerCreates,
    broken: [
      ['src/producer/a.ts', 'await deps.ims.submit(request);'],
      ['src/cli/b.ts', 'const send = ims.submit;'],
      ['src/cli/c.ts', 'const { submit } = ims;'],
      ['src/cli/d.ts', "const path = '/v2/cloudimages/action';"],
    ],
  },
  {
    fact: 'one file deletes images, and only prune and reconcile --clean use it',
    rule: rules.onlyPruneDeletes,
    broken: [
      ['src/worker/a.ts', "await writer.write({ method: 'DELETE', path });"],
      ['src/shared/cloud/ims/members.ts', "const operation = 'delete';"],
      ['src/operator/reconcile.ts', "import { d } from '../shared/cloud/ims/delete-image.ts';"],
      ['src/cli/b.ts', "const d = await import('../shared/cloud/ims/delete-image.ts');"],
    ],
  },
  {
    fact: 'workers, watchers and pages never prune',
    rule: rules.onlyCommandsPrune,
    broken: [
      ['src/worker/a.ts', "import { b } from '../operator/prune/carry-out.ts';"],
      ['src/dashboard/a.ts', "import { b } from '../operator/prune/carry-out.ts';"],
      ['src/library/a.ts', "import { b } from '../operator/prune/carry-out.ts';"],
    ],
  },
  {
    fact: 'only the command line reads the environment',
    rule: rules.onlyTheCliReadsTheEnvironment,
    broken: [
      ['src/shared/x/a.ts', "const url = process.env['REDIS_URL'];"],
      ['src/cli/b.ts', 'const { env } = process;'],
      ['src/cli/c.ts', "import { env } from 'node:process';"],
    ],
  },
  {
    fact: 'time and chance are injected',
    rule: rules.timeAndChanceAreInjected,
    broken: [
      ['src/worker/a.ts', 'const now = Date.now();'],
      ['src/worker/b.ts', 'const now = new Date();'],
      ['src/worker/c.ts', 'const dice = Math.random;'],
    ],
  },
  {
    fact: 'no test measures how long something takes, or limits a single wait',
    rule: rules.testsMeasureNoTime,
    broken: [
      ['test/a.test.ts', 'const start = performance.now();'],
      ['test/b.test.ts', 'const signal = AbortSignal.timeout(100);'],
      ['test/support/c.ts', 'await expect.poll(() => 1).toBe(1);'],
    ],
  },
  {
    fact: 'no import cycles',
    rule: (all) => rules.noImportCycles(all).flatMap((cycle) => cycle.split(' -> ').slice(1)),
    broken: [
      ['src/worker/a.ts', "import { b } from './b.ts';"],
      ['src/worker/b.ts', "import type { A } from './a.ts';"],
    ],
  },
  {
    fact: 'a file imports few others',
    rule: rules.fewLocalImports,
    broken: [
      ['src/worker/a.ts', imports(16)],
      ['src/cli/b.ts', imports(25)],
    ],
  },
  {
    fact: 'no file only passes on',
    rule: rules.noFileOnlyPassesOn,
    broken: [
      ['src/worker/a.ts', "export { b } from './b.ts';\nexport * from './c.ts';"],
      ['src/worker/b.ts', "import { a } from './a.ts';\nexport { a };"],
    ],
  },
  {
    fact: 'files are short',
    rule: rules.filesAreShort,
    broken: [
      ['src/worker/a.ts', '1;\n'.repeat(351)],
      ['test/a.test.ts', '1;\n'.repeat(351)],
    ],
  },
  {
    fact: 'functions are short',
    rule: rules.functionsAreShort,
    broken: [['src/worker/a.ts', aFunction(61)]],
  },
  {
    fact: 'functions take few parameters',
    rule: rules.functionsTakeFewParameters,
    broken: [
      ['src/worker/a.ts', 'export const f = (a: 1, b: 2, c: 3, d: 4) => a;'],
      ['src/worker/b.ts', 'class K { constructor(a: 1, b: 2, c: 3, d: 4) {} }'],
    ],
  },
  {
    fact: 'shared has no loose files',
    rule: rules.sharedHasSubjects,
    broken: [['src/shared/a.ts', '']],
  },
  {
    fact: 'file names say something',
    rule: rules.namesSaySomething,
    broken: [
      ['src/worker/utils.ts', ''],
      ['src/shared/x/types.ts', ''],
      ['test/support/index.ts', ''],
    ],
  },
  {
    fact: 'tests start other programs only through the list of them',
    rule: rules.testsStartListedPrograms,
    broken: [
      ['test/a.test.ts', "import { spawn } from 'node:child_process';"],
      ['test/support/b.ts', "import { execFile } from 'node:child_process';"],
    ],
  },
  {
    fact: 'regular expressions take linear time',
    rule: rules.patternsAreLinear,
    broken: [
      ['src/worker/a.ts', 'export const a = /^(a+)+$/;'],
      ['src/worker/b.ts', "export const b = (text: string) => text.replace(/ +$/, '');"],
      ['src/worker/c.ts', 'export const c = /^.*:.*:.*@/;'],
    ],
  },
  {
    fact: 'no default exports',
    rule: rules.noDefaultExports,
    broken: [['src/worker/a.ts', 'export default 1;']],
  },
];

describe('the sources', () => {
  test.each(rows)('$fact', ({ rule }) => {
    expect(rule(sources)).toEqual([]);
  });

  test.each(rows)('a breach is found: $fact', ({ rule, broken }) => {
    const found = rule(broken.map(([path, text]) => parseSource(path, text)));
    expect(found).toHaveLength(broken.length);
  });

  test('comments, strings and types do not break a rule', () => {
    const text = `// Date.now()\nimport type { Redis } from 'ioredis';\nconst s = 'process.env';\n`;
    const found = rows.flatMap(({ rule }) => rule([parseSource('src/worker/a.ts', text)]));
    expect(found).toEqual([]);
  });

  test('nine of ten files have at most 200 lines', () => {
    const lines = sources
      .filter(({ path }) => path.startsWith('src/'))
      .map((source) => source.lines)
      .toSorted((one, other) => one - other);
    expect(lines[Math.floor(0.9 * lines.length)]).toBeLessThanOrEqual(200);
  });

  test('all of them are read', () => {
    expect(sources.map(({ path }) => path)).toContain('src/shared/runtime/clock.ts');
  });
});

describe('the committed files', needing('git'), async () => {
  const files = await texts.readCommittedFiles();
  // Put together here, or this file would break the rules itself.
  const planted = (...parts: string[]) => [{ path: 'docs/design.md', text: parts.join('/') }];

  test('name no path of a development machine', () => {
    expect(texts.namesMachinePaths(files)).toEqual([]);
    expect(texts.namesMachinePaths(planted('see ', 'work', 'main'))).toHaveLength(1);
    expect(texts.namesMachinePaths(planted('see ', 'home', 'ann', 'x'))).toHaveLength(1);
  });

  test('point to nothing outside the repository', () => {
    // The planted breaches above are meant for files further down.
    const others = files.filter(({ path }) => path !== 'test/architecture.test.ts');
    expect(texts.pointsOutside(others)).toEqual([]);
    expect(texts.pointsOutside(planted('..', '..', 'shared'))).toHaveLength(1);
    expect(texts.pointsOutside(planted('..', 'src'))).toEqual([]);
  });

  test('switch TLS verification off nowhere', () => {
    expect(texts.switchesTlsOff(files)).toEqual([]);
    const text = 'new Agent({ connect: { rejectUnauthorized: false } })';
    expect(texts.switchesTlsOff([{ path: 'src/worker/a.ts', text }])).toHaveLength(1);
  });

  test('name no package registry', () => {
    expect(texts.namesPackageRegistries(files)).toEqual([]);
    expect(texts.namesPackageRegistries(planted('https:', '', 'registry', 'x'))).toEqual([]);
    const host = ['registry', 'example', 'org'].join('.');
    expect(texts.namesPackageRegistries(planted('https:', '', host))).toHaveLength(1);
  });

  test('use the words of the glossary', () => {
    const forbidden = forbiddenWords(readFileSync('docs/design.md', 'utf8'));
    expect(findWords(files, forbidden)).toEqual([]);
    const [word, name] = [`to${'ld'}`, 'LOOKS'];
    const breaches = [
      { path: 'src/a.ts', text: `// It was ${word}.\n` },
      { path: 'src/b.ts', text: `\nexport const ${word}By = 1;\n` },
      { path: 'src/c.ts', text: `export type Of = ${name};\n` },
      { path: `src/was-${word}.ts`, text: '' },
      { path: 'docs/design.md', text: `asked\nfor ${word}` },
    ];
    expect(findWords(breaches, forbidden)).toEqual([
      `src/a.ts:1: ${word}`,
      `src/b.ts:2: ${word}`,
      `src/c.ts:1: ${name}`,
      `src/was-${word}.ts:1: ${word} (file name)`,
      `docs/design.md:1: ${['asked', 'for'].join(' ')}`,
      `docs/design.md:2: ${word}`,
    ]);
  });

  test('name only documents that are here', () => {
    expect(texts.namesMissingDocuments(files)).toEqual([]);
    expect(texts.namesMissingDocuments(planted('see ', `${'lost'}.md`))).toHaveLength(1);
  });
});

test('the glossary has each word once, and forbids none of its own', () => {
  const { used, forbidden } = wordsOfGlossary(readFileSync('docs/design.md', 'utf8'));
  expect(used.length).toBeGreaterThan(10);
  expect(forbidden.length).toBeGreaterThan(30);
  const all = [...used, ...forbidden];
  expect(all.filter((word, at) => all.indexOf(word) !== at)).toEqual([]);
});

describe('package-lock.json', () => {
  const registry = ['https:', '', 'host.test', 'x.tgz'].join('/');

  test('does not say where packages were downloaded from', () => {
    expect(texts.lockNamesHosts(lock)).toEqual([]);
    expect(texts.lockNamesHosts({ packages: { x: { resolved: registry } } })).toHaveLength(1);
  });

  test('holds the packages of every platform', () => {
    expect(texts.lockLeavesOut(lock)).toEqual([]);
    const packages = { 'node_modules/x': { optionalDependencies: { 'x-darwin-arm64': '1.0.0' } } };
    expect(texts.lockLeavesOut({ packages })).toHaveLength(1);
  });
});
