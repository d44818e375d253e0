import { withRemoval } from '../../src/cli/open/open-removal.ts';
import type { RemovalDeps } from '../../src/operator/prune/carry-out.ts';
import { surveyPrune } from '../../src/operator/prune/survey.ts';
import type { RetentionRule } from '../../src/shared/image/image-request.ts';
import type { FerryEnv } from './ferry.ts';

const noop = (): void => undefined;

/** The parts of the commands that delete images, as they are opened for this environment. */
export function withRemovalDeps<T>(
  env: FerryEnv,
  work: (deps: RemovalDeps) => Promise<T>,
): Promise<T> {
  const stop = new AbortController().signal;
  const output = { out: noop, err: noop, draw: noop, log: { write: noop } };
  return withRemoval({ ...output, terminal: false, columns: 80, env: { ...env }, stop }, work);
}

/** The same with something that happens right before the n-th read of one image by its id. */
export function beforeReading(
  deps: RemovalDeps,
  happens: (imageId: string) => Promise<unknown>,
  times = 1,
): RemovalDeps {
  let left = times;
  return {
    ...deps,
    ims: {
      ...deps.ims,
      images: async (filter) => {
        if (filter.id !== undefined && left > 0) {
          left -= 1;
          if (left === 0) await happens(filter.id);
        }
        return deps.ims.images(filter);
      },
    },
  };
}

/** A plan by these rules, and how it is made again. */
export async function planned(deps: RemovalDeps, rules: readonly RetentionRule[]) {
  const survey = () => surveyPrune(deps, rules);
  return { plan: await survey(), survey, kind: 'prune', onEach: noop } as const;
}
