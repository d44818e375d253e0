import type { WorkerDeps } from '../../src/worker/step.ts';

/** Called before and after everything that a worker requests of Redis, the cloud or its disk. */
export type Cross = (point: string) => Promise<void>;

type Wrapped = Omit<WorkerDeps, 'stopping'>;
type Call = (...args: readonly unknown[]) => unknown;

/** The adapters of a worker: whatever the create and poll paths await goes through one of them. */
const ADAPTERS = [
  'ledger',
  'batches',
  'project',
  'guard',
  'fitness',
  'generation',
  'queues',
  'ims',
  'members',
  'others',
  'sessions',
  'writer',
  'others',
] as const satisfies readonly (keyof Wrapped)[];

/** Parts of adapters that are adapters themselves. */
const PARTS: ReadonlySet<string> = new Set([
  'project.durations',
  'project.history',
  'project.listing',
  'project.outbox',
  'guard.healer',
  'ledger.sharing',
]);

/**
 * A worker's adapters with a point before and after each call: `ledger.admit before`. A change of the
 * ledger is named by its event: `ledger.change:accepted after`. The moment between connection and first
 * byte of a create cannot wait; test/cloud/http.test.ts has it.
 */
export function withCrossings(deps: Wrapped, cross: Cross): Wrapped {
  const wrapped = Object.fromEntries(
    ADAPTERS.map((name) => [name, watched(deps[name], name, cross)]),
  );
  return { ...deps, ...wrapped };
}

function watched(adapter: object, name: string, cross: Cross): object {
  return new Proxy(adapter, {
    get: (target, property) => {
      // Private fields are of the adapter itself, not of its proxy.
      const value: unknown = Reflect.get(target, property, target);
      if (typeof property !== 'string') return value;
      const part = `${name}.${property}`;
      if (typeof value === 'object' && value !== null && PARTS.has(part)) {
        return watched(value, part, cross);
      }
      if (typeof value !== 'function') return value;
      const call = value as Call;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        const point = pointOf(name, property, args);
        await cross(`${point} before`);
        const result = await Reflect.apply(call, target, args);
        await cross(`${point} after`);
        return result;
      };
    },
  });
}

function pointOf(name: string, method: string, args: readonly unknown[]): string {
  const [, event] = args;
  const isEvent = name === 'ledger' && method === 'change' && typeof event === 'object';
  const type = isEvent && event !== null && 'type' in event ? `:${String(event.type)}` : '';
  return `${name}.${method}${type}`;
}
