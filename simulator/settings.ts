import { z } from 'zod';
import { CHOICES, DEFAULT_OPTIONS } from './default-options.ts';
import type { CreateFault, CreateFaults, ReadFault, ReadFaults } from './faults/faults.ts';
import { RIGHTS } from './ims/rights.ts';
import { type Duration, type SimulatorOptions, STATES } from './options.ts';
import { CALL_NAMES } from './server/call-names.ts';

type Settable = Omit<SimulatorOptions, 'createFaults' | 'readFaults'>;

/** The settings of the simulator, at its start and while it runs. */
export type SimulatorSettings = Partial<
  Settable & {
    readonly createFaults: Partial<CreateFaults>;
    readonly readFaults: Partial<ReadFaults>;
    /** How many of the next creates get which fault, before faults are drawn by chance. */
    readonly nextCreates: Partial<Record<CreateFault, number>>;
    readonly nextReads: Partial<Record<ReadFault, number>>;
    /** The faults of creates, for the next deletes: `dropAfter` deletes the image. */
    readonly nextDeletes: Partial<Record<CreateFault, number>>;
    /** The same as durationMs. */
    readonly duration: Duration;
    /** The same as rateLimitPerSecond. */
    readonly rateLimit: number;
  }
>;

export function mergeSettings(
  options: SimulatorOptions,
  settings: SimulatorSettings,
): SimulatorOptions {
  const { createFaults, readFaults, nextCreates, nextReads, nextDeletes, ...others } = settings;
  const { duration, rateLimit, ...plain } = others;
  return {
    ...options,
    ...(duration === undefined ? {} : { durationMs: duration }),
    ...(rateLimit === undefined ? {} : { rateLimitPerSecond: rateLimit }),
    ...plain,
    createFaults: { ...options.createFaults, ...createFaults },
    readFaults: { ...options.readFaults, ...readFaults },
  };
}

type Fields = Readonly<Record<string, unknown>>;

const KNOWN: Fields = {
  ...DEFAULT_OPTIONS,
  duration: DEFAULT_OPTIONS.durationMs,
  rateLimit: 0,
  nextCreates: DEFAULT_OPTIONS.createFaults,
  nextReads: DEFAULT_OPTIONS.readFaults,
  nextDeletes: DEFAULT_OPTIONS.createFaults,
};
const FAULTS = new Set(['createFaults', 'readFaults', 'nextCreates', 'nextReads', 'nextDeletes']);
const FIXED = new Set(['port', 'host', 'seed', 'projectId', 'projects', 'tls', 'stateFile']);

/** What is wrong with settings that were sent: unknown names, wrong types of values. */
export function problemsOf(settings: Fields): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (FIXED.has(name)) return [`${name} cannot change while the simulator runs`];
    if (!FAULTS.has(name)) return problemOf(name, value, KNOWN);
    if (!isFields(value)) return [`${name} must be an object of numbers`];
    return Object.entries(value).flatMap(([fault, share]) =>
      problemOf(fault, share, KNOWN[name] as Fields).map((problem) => `${name}.${problem}`),
    );
  });
}

function problemOf(name: string, value: unknown, known: Fields): readonly string[] {
  if (!Object.hasOwn(known, name)) return [`${name} is no option`];
  const choices = CHOICES[name];
  if (choices) {
    const words = choices.map((choice) => JSON.stringify(choice)).join(', ');
    return choices.includes(value) ? [] : [`${name} must be one of ${words}`];
  }
  const shape = shapeProblem(name, value);
  if (shape !== undefined) return shape;
  if (name === 'durationMs' || name === 'duration') {
    return isDuration(value) ? [] : [`${name} must be a number, or {median, sigma, perGigabyte}`];
  }
  const sample = known[name];
  if (Array.isArray(sample)) return Array.isArray(value) ? [] : [`${name} must be a list`];
  return typeof value === typeof sample && value !== null && !Number.isNaN(value)
    ? []
    : [`${name} must be a ${typeof sample}`];
}

function isDuration(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0;
  if (!isFields(value)) return false;
  return [value['median'], value['sigma'], value['perGigabyte'] ?? 0].every(Number.isFinite);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text = z.string().min(1);
const coded = z.strictObject({
  code: text,
  status: z.int().min(100).max(599).optional(),
  message: z.string().optional(),
  accepted: z.boolean().optional(),
});
const project = z.strictObject({ id: text, name: text, region: text });

/** The switches that are not just a word, a number or a list of words. */
const SHAPES: Readonly<Record<string, z.ZodType>> = {
  temporaryKeys: z.strictObject({ accessKey: text, secretKey: text, securityToken: text }),
  agency: z.strictObject({
    name: text,
    domain: text,
    domainId: text,
    projects: z.array(project),
  }),
  missingRights: z.array(z.enum(RIGHTS)),
  servers: z.array(z.strictObject({ id: text, name: z.string(), imageId: z.string() })),
  answers: z.partialRecord(z.enum(CALL_NAMES), z.union([text, coded])),
  comesOutAs: z.record(z.string(), z.record(z.string(), z.unknown())),
  statusWords: z.partialRecord(z.enum(STATES), text),
  catalogInterfaces: z.array(z.enum(['public', 'internal', 'admin'])).min(1),
};

/** What is wrong with the value of such a switch; `undefined` for a switch of another kind. */
function shapeProblem(name: string, value: unknown): readonly string[] | undefined {
  const parsed = SHAPES[name]?.safeParse(value);
  return (
    parsed?.error?.issues.map(({ path, message }) => `${[name, ...path].join('.')}: ${message}`) ??
    (parsed && [])
  );
}
