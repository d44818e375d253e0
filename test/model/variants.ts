import { exploreImport, type ImportVerdict } from './import-model.ts';
import { type Budget, type Rules, SHIPPED } from './world.ts';

export interface Variant {
  readonly what: string;
  readonly rules?: Partial<Rules>;
  readonly budget: Partial<Budget>;
}

export function run(
  { rules, budget }: Omit<Variant, 'what'>,
  lookedFor?: string,
): Promise<ImportVerdict> {
  return exploreImport({ ...SHIPPED, ...rules }, budget, lookedFor);
}

/** What the shipped protocol promises to survive; answers and requests may be lost or late in all. */
export const SHIPPED_VARIANTS: readonly Variant[] = [
  { what: 'two workers that may pause anywhere', budget: {}, rules: { mostIntents: 3 } },
  { what: 'two kills at any step', budget: { kills: 2 } },
  {
    what: 'policy hold, a kill, and resolve',
    rules: { policy: 'hold' },
    budget: { kills: 1, resolves: 1 },
  },
  {
    what: 'a kill, an IMS job that fails, and retry',
    budget: { kills: 1, failures: 1, retries: 1 },
  },
  { what: 'a refusal and retry', budget: { refusals: 1, retries: 1 } },
  {
    what: 'an IMS job that is forgotten, cancel and retry',
    budget: { forgets: 1, cancels: 1, retries: 1 },
  },
  { what: 'a Redis that falls back to any older state', budget: { rollbacks: 1 } },
  {
    what: 'a hidden image, a kill, and resolve',
    rules: { policy: 'hold' },
    budget: { hides: 1, kills: 1, resolves: 1 },
  },
  {
    what: 'list and reads that flap apart from each other',
    rules: { hidings: ['both', 'list', 'reads'] },
    budget: { hides: 2 },
  },
  {
    what: 'an image that is hidden, and --recreate',
    rules: { hidings: ['both', 'list', 'reads'] },
    budget: { hides: 1, recreates: 1 },
  },
  { what: 'an image that is deleted, and --recreate', budget: { deletes: 1, recreates: 1 } },
  {
    what: 'a hidden image, an answer of another IMS job, a page, and a kill',
    budget: { hides: 1, strangers: 1, pages: 1, kills: 1 },
  },
  {
    what: 'an IMS job that says FAIL, an answer of another one, a page, and a kill',
    budget: { denials: 1, strangers: 1, pages: 1, kills: 1 },
  },
  {
    what: 'an IMS job that says FAIL although its image lives, and one that fails',
    budget: { denials: 1, failures: 1, retries: 1 },
  },
  { what: 'answers about the IMS jobs of others', budget: { strangers: 2, failures: 1 } },
  { what: 'pages of a firewall, and refusals', budget: { pages: 2, refusals: 1, retries: 1 } },
];

export interface Without extends Variant {
  /** What the model finds. */
  readonly finds: string;
}

const DOUBLE = 'two living images';
const FALSE_FAILURE = 'a living image called failed';
const FALSE_SUCCESS = 'success without its image';

/** What each safeguard is for: without it the model finds what must never be. */
export const WITHOUT: readonly Without[] = [
  { what: 'the intent', rules: { hasIntent: false }, budget: {}, finds: DOUBLE },
  { what: 'the compare of admission', rules: { hasCompare: false }, budget: {}, finds: DOUBLE },
  { what: 'the deadline', rules: { hasDeadline: false }, budget: {}, finds: DOUBLE },
  { what: 'the window', rules: { hasWindow: false }, budget: {}, finds: DOUBLE },
  {
    what: 'the state version in a verdict',
    rules: { comparesVersion: false, mostIntents: 3 },
    budget: {},
    finds: DOUBLE,
  },
  {
    what: 'the guard against a rollback',
    rules: { hasGuard: false },
    budget: { rollbacks: 1 },
    finds: DOUBLE,
  },
  {
    what: 'the memory of what was seen',
    rules: { hasMemory: false },
    budget: { hides: 1 },
    finds: DOUBLE,
  },
  {
    what: 'what the window rests on: that IMS lists what it has accepted',
    rules: { windowHolds: false },
    budget: {},
    finds: DOUBLE,
  },
  {
    what: 'more than one look before an image is created again',
    rules: { hasLooks: false },
    budget: { hides: 1, recreates: 1 },
    finds: DOUBLE,
  },
  {
    what: 'more than one look, and the list that has to agree with the read of an image',
    rules: { hasLooks: false, needsBoth: false, hidings: ['list', 'reads'] },
    budget: { hides: 2, recreates: 1 },
    finds: DOUBLE,
  },
  {
    what: 'the agreement of the images with FAIL',
    rules: { hasAgreement: false },
    budget: { denials: 1 },
    finds: FALSE_FAILURE,
  },
  {
    what: 'what that rests on: list or read show an image that lives in the moment of the FAIL',
    budget: { hides: 1, denials: 1 },
    finds: FALSE_FAILURE,
  },
  {
    what: 'the compare of ids in an answer (FAIL)',
    rules: { comparesIds: false },
    budget: { strangers: 1 },
    finds: FALSE_FAILURE,
  },
  {
    what: 'the compare of ids in an answer (SUCCESS)',
    rules: { comparesIds: false },
    budget: { strangers: 1 },
    finds: FALSE_SUCCESS,
  },
  {
    what: 'the look whether it was the service that refused',
    rules: { knowsPages: false },
    budget: { pages: 1 },
    finds: FALSE_FAILURE,
  },
];
