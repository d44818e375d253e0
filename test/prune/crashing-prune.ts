/**
 * `prune --yes`, or `reconcile --clean --yes`, that kills itself after the call CRASH_AFTER (`writer.write 2`: the
 * second of that name) of those that it makes to Redis and the cloud. Without one it reports which calls it makes.
 */

import { removeByPlan } from '../../src/cli/remove-by-plan.ts';
import type { RemovalDeps } from '../../src/operator/prune/carry-out.ts';
import { surveyClean } from '../../src/operator/prune/plan-clean.ts';
import { surveyFamilies, surveyPrune } from '../../src/operator/prune/survey.ts';
import { withRemovalIo } from '../support/removal-deps.ts';

const wanted = process.env['CRASH_AFTER'];
const isPrune = process.env['CRASH_KIND'] === 'prune';
const calls: string[] = [];

type Call = (...args: readonly unknown[]) => unknown;

/** Every call of an adapter is counted, and the wanted one is the last one. */
function counted<T extends object>(name: string, adapter: T): T {
  return new Proxy(adapter, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property, target);
      const part = `${name}.${String(property)}`;
      if (part === 'ledger.removals' && typeof value === 'object' && value !== null) {
        return counted(part, value);
      }
      if (typeof value !== 'function') return value;
      const call = value as Call;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        const result = await Reflect.apply(call, target, args);
        const before = calls.filter((one) => one.startsWith(`${part} `)).length;
        calls.push(`${part} ${before + 1}`);
        if (calls.at(-1) === wanted) {
          process.kill(process.pid, 'SIGKILL');
          return new Promise(() => undefined);
        }
        return result;
      };
    },
  });
}

function crashing(deps: RemovalDeps): RemovalDeps {
  const cloud = counted('cloud', {
    used: deps.usedImages,
    shared: (imageId: string) => deps.members.list(imageId),
  });
  return {
    ...deps,
    ledger: counted('ledger', deps.ledger),
    project: counted('project', deps.project),
    ims: counted('ims', deps.ims),
    writer: counted('writer', deps.writer),
    usedImages: () => cloud.used(),
    members: { list: (imageId) => cloud.shared(imageId) },
  };
}

const rules = [{ family: 'debian-12-*', keepLast: 3 }];
await withRemovalIo({ ...process.env }, (deps, io) => {
  const all = crashing(deps);
  const makePlan = () => (isPrune ? surveyPrune(all, rules) : surveyClean(all));
  const planAgain = () => (isPrune ? surveyFamilies(all, rules) : surveyClean(all));
  const kind = isPrune ? 'prune' : 'clean';
  const flags = { yes: true } as const;
  return removeByPlan(all, { kind, makePlan, planAgain, flags, io, nothing: '' });
});
process.stdout.write(JSON.stringify(calls));
process.exit(0);
