import type { Io } from '../../src/cli/io.ts';
import { withRemoval } from '../../src/cli/open/open-removal.ts';
import type { RemovalDeps } from '../../src/operator/prune/carry-out.ts';
import { surveyFamilies, surveyPrune } from '../../src/operator/prune/survey.ts';
import type { RetentionRule } from '../../src/shared/image/image-request.ts';
import type { FerryEnv } from './ferry.ts';

const noop = (): void => undefined;

/** The parts of the commands that delete images, as they are opened for this environment. */
export function withRemovalIo<T>(
  env: Io['env'],
  work: (deps: RemovalDeps, io: Io) => Promise<T>,
): Promise<T> {
  const stop = new AbortController().signal;
  const output = { out: noop, err: noop, draw: noop, log: { write: noop } };
  const io = { ...output, terminal: false, columns: 80, env, stop };
  return withRemoval(io, (deps) => work(deps, io));
}

export function withRemovalDeps<T>(
  env: FerryEnv,
  work: (deps: RemovalDeps) => Promise<T>,
): Promise<T> {
  return withRemovalIo({ ...env }, work);
}

/** The same with something that happens right before an image is read by its id. */
export function beforeReading(
  deps: RemovalDeps,
  happens: (imageId: string) => Promise<unknown>,
): RemovalDeps {
  let isDone = false;
  return {
    ...deps,
    ims: {
      ...deps.ims,
      images: async (filter) => {
        if (filter.id !== undefined && !isDone) {
          isDone = true;
          await happens(filter.id);
        }
        return deps.ims.images(filter);
      },
    },
  };
}

/** Lets something happen right before the intent of a deletion is written. */
export function beforeIntent(
  { ledger: { removals } }: RemovalDeps,
  happens: () => Promise<unknown>,
) {
  const intend = removals.intend.bind(removals);
  removals.intend = async (...args) => {
    await happens();
    return intend(...args);
  };
}

/** A plan by these rules, and how it is made again. */
export async function planned(deps: RemovalDeps, rules: readonly RetentionRule[]) {
  const planAgain = () => surveyFamilies(deps, rules);
  const plan = await surveyPrune(deps, rules);
  return { plan, planAgain, kind: 'prune', onEach: noop } as const;
}
