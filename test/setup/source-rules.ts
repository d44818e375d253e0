import { posix } from 'node:path';
import { analyse } from 'scslre';
import type { ImportOf, Source } from './source-scan.ts';

/** A rule names the places that break it, each as `file: what is wrong`. */
export type Rule = (sources: readonly Source[]) => string[];

const SIZE = { fileLines: 350, functionLines: 60, parameters: 3 };
const LOCAL_IMPORTS = { file: 15, compositionRoot: 24 };

/** What is published: the program, and the simulator beside it. */
const PRODUCT = /^(?:src|simulator)\//;
const SIMULATOR = /^simulator\//;

function each(sources: readonly Source[], find: (source: Source) => readonly string[]): string[] {
  return sources.flatMap((source) => find(source).map((what) => `${source.path}: ${what}`));
}

function forbidImports(isForbidden: (from: string, to: ImportOf) => boolean): Rule {
  return (sources) =>
    each(sources, ({ path, imports }) =>
      imports.filter((to) => isForbidden(path, to)).map((to) => `imports ${to.target}`),
    );
}

const SIDES = ['src/producer/', 'src/worker/', 'src/operator/'];

export const sidesStayApart = forbidImports((from, { target }) => {
  const own = SIDES.find((side) => from.startsWith(side));
  return own !== undefined && SIDES.some((side) => side !== own && target.startsWith(side));
});

export const sharedKnowsNoSide = forbidImports(
  (from, { target, isLocal }) =>
    from.startsWith('src/shared/') && isLocal && !target.startsWith('src/shared/'),
);

const SIMULATOR_USERS = /^src\/(?:cli\/(?:commands\/)?(?:demo|simulator)|library\/simulator)\.ts$/;

/** All that the simulator shares with the importer: no rule of the cloud among it. */
const SIMULATOR_USES = /^src\/shared\/(runtime|files|errors)\//;

/** The simulator is a program of its own: it must not repeat a mistake of the importer. */
export const simulatorStaysOutside = forbidImports((from, { target }) => {
  if (from.startsWith('simulator/')) {
    return target.startsWith('src/') && !SIMULATOR_USES.test(target);
  }
  const isOutside = from.startsWith('src/') && !SIMULATOR.test(from);
  return isOutside && SIMULATOR.test(target) && !SIMULATOR_USERS.test(from);
});

/** What reports and pages share; only the dashboard uses a report, and only as a whole page. */
export const uiIsShared = forbidImports((from, { target, isLocal }) => {
  if (from.startsWith('src/ui/')) return isLocal && !/^src\/(ui|shared)\//.test(target);
  if (from.startsWith('src/producer/')) return target.startsWith('src/dashboard/');
  const isReport = target.startsWith('src/producer/report/');
  return from.startsWith('src/dashboard/') && isReport && !target.endsWith('/render-apart.ts');
});

export const sourcesStandAlone = forbidImports(
  (from, { target, isLocal }) =>
    PRODUCT.test(from) && isLocal && !PRODUCT.test(target) && target !== 'package.json',
);

interface DriverRule {
  readonly driver: RegExp;
  readonly allowed: RegExp;
  /** Where only its types may be imported. */
  readonly types?: RegExp;
}

const DRIVERS: readonly DriverRule[] = [
  { driver: /^ky$/, allowed: /^src\/shared\/cloud\/http\/http\.ts$/ },
  {
    driver: /^undici$/,
    allowed: /^src\/shared\/(cloud\/http\/(http|connection)|notify\/post)\.ts$/,
  },
  { driver: /^ipaddr\.js$/, allowed: /^src\/shared\/notify\// },
  { driver: /^(aws4fetch|@rgrove\/parse-xml)$/, allowed: /^src\/shared\/cloud\/obs\b/ },
  {
    driver: /^bullmq$/,
    allowed: /^src\/(shared\/queues|worker|dashboard)\//,
    types: /^src\/shared\/tracing\//,
  },
  { driver: /^(@opentelemetry\/.+|bullmq-otel)$/, allowed: /^src\/shared\/tracing\// },
  {
    driver: /^ioredis$/,
    allowed: /^src\/shared\/(redis|ledger|cloud)\//,
    types: /^src\/(shared|worker|producer|operator|dashboard|health|cli)\//,
  },
  { driver: /^fastify$/, allowed: /^src\/(dashboard|health)\// },
  { driver: /^@bull-board\/.+$/, allowed: /^src\/dashboard\// },
  { driver: /^prom-client$/, allowed: /^src\/(shared|dashboard)\/metrics\b/ },
  { driver: /^commander$/, allowed: /^src\/(cli\.ts|cli\/.+)$/ },
  { driver: /^pino$/, allowed: /^src\/shared\/log\//, types: /^src\// },
  { driver: /^yaml$/, allowed: /^(src\/(producer|shared\/config)\/|simulator\/clouds-file)/ },
];

export const driversStayBehindTheirFiles = forbidImports((from, { target, isRunTime }) => {
  const rule = PRODUCT.test(from) && DRIVERS.find(({ driver }) => driver.test(target));
  if (!rule || rule.allowed.test(from)) return false;
  return isRunTime || !rule.types?.test(from);
});

/** Only what is published as a dependency may be imported by what is published. */
export function importsAreDependencies(dependencies: readonly string[]): Rule {
  return forbidImports(
    (from, { target, isLocal }) =>
      PRODUCT.test(from) &&
      !isLocal &&
      !target.startsWith('node:') &&
      !dependencies.includes(target),
  );
}

const CREATE_PATH = /(cloudimages|dataimages|quickimport)\/action/;

/** The create is one method, `submit`, and three paths. Only the worker calls it. */
export const onlyTheWorkerCreates: Rule = (sources) =>
  each(sources, ({ path, members, strings }) => {
    if (!path.startsWith('src/') || SIMULATOR.test(path)) return [];
    const calls = members.filter(
      (name) => name.endsWith('.submit()') || /ims\.submit$/i.test(name),
    );
    const paths = strings.filter((text) => CREATE_PATH.test(text) && !text.includes(' '));
    return [
      ...(path.startsWith('src/worker/') ? [] : calls.map((name) => `calls ${name}`)),
      ...(path.startsWith('src/shared/cloud/') ? [] : paths.map((text) => `names ${text}`)),
    ];
  });

const DELETE_FILE = 'src/shared/cloud/ims/delete-image.ts';
const REMOVES = /^src\/operator\/prune\//;
/** Types of calls, and calls that delete a member or a tag of an image, never the image. */
const NAMES_DELETE =
  /^src\/shared\/cloud\/(http\/http-request|ims\/(ims-writer|members|change-image))\.ts$/;

/** One file sends the DELETE of an image; only what `prune` and `reconcile --clean` share imports it. */
const TAG_FILES = new Set([
  'src/shared/cloud/ims/change-image.ts',
  'src/shared/cloud/ims/copy-tags.ts',
]);

export const onlyPruneDeletes: Rule = (sources) =>
  each(sources, ({ path, strings, imports }) => {
    if (!path.startsWith('src/') || path === DELETE_FILE) return [];
    const isNamed = strings.includes('DELETE') && !NAMES_DELETE.test(path);
    // Of tags: an action of a call that changes an image.
    const isOfTags = TAG_FILES.has(path);
    const isOperation =
      path.startsWith('src/shared/cloud/') && !isOfTags && strings.includes('delete');
    const uses = imports.filter(({ target }) => target === DELETE_FILE && !REMOVES.test(path));
    return [
      ...(isNamed ? ['names DELETE'] : []),
      ...(isOperation && !path.endsWith('/ims-writer.ts') ? ['has an operation delete'] : []),
      ...uses.map(({ target }) => `imports ${target}`),
    ];
  });

/** Watchers, workers and pages never delete an image. */
export const onlyCommandsPrune = forbidImports(
  (from, { target }) =>
    from.startsWith('src/') &&
    target.startsWith('src/operator/prune/') &&
    !/^src\/(cli|operator\/prune)\//.test(from),
);

export const onlyTheCliReadsTheEnvironment: Rule = (sources) =>
  each(sources, ({ path, members, imports }) => {
    if (!PRODUCT.test(path) || path === 'src/main.ts') return [];
    const reads = members.filter((name) => name === 'process.env');
    const aliases = imports.filter(({ target }) => target === 'node:process');
    return [...reads, ...aliases.map(({ target }) => `imports ${target}`)];
  });

const CLOCKS = ['Date.now', 'Math.random', 'performance.now'];

export const timeAndChanceAreInjected: Rule = (sources) =>
  each(sources, ({ path, members, bareNews }) => {
    if (!PRODUCT.test(path) || path.startsWith('src/shared/runtime/')) return [];
    const uses = members.filter((name) => CLOCKS.includes(name.replace('()', '')));
    return [...uses, ...bareNews.filter((name) => name === 'Date').map(() => 'new Date()')];
  });

const LIMITS = [
  ...['performance.now', 'AbortSignal.timeout'],
  ...['expect.poll', 'vi.waitFor', 'vi.waitUntil', 'vi.setConfig'],
];

/** A busy machine is no fault: the whole run has a limit, single waits have none (`until`). */
export const testsMeasureNoTime: Rule = (sources) =>
  each(sources, ({ path, members }) =>
    path.startsWith('test/')
      ? members.filter((name) => LIMITS.includes(name.replace('()', '')))
      : [],
  );

/** Types count as well: whoever reads a file must not be sent in a circle. */
export const noImportCycles: Rule = (sources) => {
  const targets = new Map(sources.map((source) => [source.path, locals(source)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(' -> '));
    if (at >= 0 || done.has(path)) return;
    for (const next of targets.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of targets.keys()) visit(path, []);
  return cycles;
};

function locals({ imports }: Pick<Source, 'imports'>): string[] {
  return [...new Set(imports.filter(({ isLocal }) => isLocal).map(({ target }) => target))];
}

function runTimeLocals({ imports }: Source): string[] {
  return locals({ imports: imports.filter(({ isRunTime }) => isRunTime) });
}

export const fewLocalImports: Rule = (sources) =>
  each(sources, (source) => {
    if (!PRODUCT.test(source.path)) return [];
    const isRoot = /^src\/(cli\.ts|cli\/.+)$/.test(source.path);
    const most = isRoot ? LOCAL_IMPORTS.compositionRoot : LOCAL_IMPORTS.file;
    const count = runTimeLocals(source).length;
    return count > most ? [`${count} local imports, at most ${most}`] : [];
  });

export const filesAreShort: Rule = (sources) =>
  each(sources, ({ lines }) =>
    lines > SIZE.fileLines ? [`${lines} lines, at most ${SIZE.fileLines}`] : [],
  );

export const functionsAreShort: Rule = (sources) =>
  each(sources, ({ path, functions }) => {
    // A test's `describe` is a list, not a function that a reader has to follow.
    if (path.startsWith('test/')) return [];
    return functions
      .filter(({ lines }) => lines > SIZE.functionLines)
      .map(({ line, lines }) => `line ${line}: ${lines} lines, at most ${SIZE.functionLines}`);
  });

export const functionsTakeFewParameters: Rule = (sources) =>
  each(sources, ({ functions }) =>
    functions
      .filter(({ parameters }) => parameters > SIZE.parameters)
      .map(
        ({ line, parameters: n }) => `line ${line}: ${n} parameters, at most ${SIZE.parameters}`,
      ),
  );

export const sharedHasSubjects: Rule = (sources) =>
  each(sources, ({ path }) =>
    posix.dirname(path) === 'src/shared' ? ['belongs into a subfolder of its subject'] : [],
  );

const EMPTY_NAMES = /^(utils?|helpers?|types?|index|common|misc)\./;

export const namesSaySomething: Rule = (sources) =>
  each(sources, ({ path }) =>
    EMPTY_NAMES.test(posix.basename(path)) ? ['the name says nothing'] : [],
  );

export const noDefaultExports: Rule = (sources) =>
  each(sources, ({ hasDefaultExport }) => (hasDefaultExport ? ['default export'] : []));

/** A file that only exports what others define is a detour. */
export const noFileOnlyPassesOn: Rule = (sources) =>
  each(sources, ({ onlyPassesOn }) => (onlyPassesOn ? ['only passes on'] : []));

/** A text from outside must not be able to keep a process busy. */
export const patternsAreLinear: Rule = (sources) =>
  each(sources, ({ path, regexes }) => {
    if (!PRODUCT.test(path)) return [];
    return regexes.filter(isSlow).map((regex) => `${regex} takes more than linear time`);
  });

export function isSlow(regex: RegExp): boolean {
  return analyse(regex).reports.length > 0;
}

/** Everything that a test may start is in one list, with how to get it. */
export const testsStartListedPrograms = forbidImports(
  (from, { target, isRunTime }) =>
    from.startsWith('test/') &&
    from !== 'test/support/programs.ts' &&
    target === 'node:child_process' &&
    isRunTime,
);
