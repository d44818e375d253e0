/** A step has a name, for the trace, and the world after it. */
export type Step<W> = readonly [name: string, world: W];

/** Worlds, and how one comes from another. */
export interface Model<W> {
  readonly first: W;
  /** Everything that may happen next. */
  readonly steps: (world: W) => readonly Step<W>[] | Promise<readonly Step<W>[]>;
  /** An end is reached. */
  readonly isGood: (world: W) => boolean;
  /** What must never be, by its name. */
  readonly never: Readonly<Record<string, (world: W) => boolean>>;
  /** What makes no difference is made equal. */
  readonly normal?: (world: W) => W;
  /** Sees each step once. */
  readonly note?: (before: W, name: string, after: W) => void;
}

export interface Verdict {
  readonly states: number;
  /** The shortest way to each thing that must never be, and to `lost`: no end can be reached any more. */
  readonly wrong: Readonly<Record<string, readonly string[]>>;
}

/** A world that was reached, by its number. */
interface Seen {
  readonly from: number;
  readonly name: string;
  readonly next: number[];
  readonly isGood: boolean;
}

/** Goes through every order of every step, breadth first, to the end, or until it finds what was looked for. */
export async function explore<W>(model: Model<W>, lookedFor?: string): Promise<Verdict> {
  const { steps, isGood, never, note, normal = (world) => world } = model;
  const first = normal(model.first);
  const numbers = new Map<string, number>([[JSON.stringify(first), 0]]);
  const seen: Seen[] = [{ from: -1, name: '', next: [], isGood: false }];
  const queue: W[] = [first];
  const wrong: Record<string, number> = {};
  for (const [number, world] of queue.entries()) {
    for (const [what, is] of Object.entries(never)) if (is(world)) wrong[what] ??= number;
    if (lookedFor !== undefined && lookedFor in wrong) break;
    for (const [name, after] of await steps(world)) {
      const next = normal(after);
      const text = JSON.stringify(next);
      const known = numbers.get(text);
      note?.(world, name, next);
      seen[number]?.next.push(known ?? seen.length);
      if (known !== undefined) continue;
      numbers.set(text, seen.length);
      seen.push({ from: number, name, next: [], isGood: isGood(next) });
      queue.push(next);
    }
  }
  const lost = lookedFor === undefined ? findLost(seen) : -1;
  const all = lost < 0 ? wrong : { ...wrong, lost };
  const traces = Object.entries(all).map(([what, number]) => [what, traceTo(seen, number)]);
  return { states: seen.length, wrong: Object.fromEntries(traces) };
}

/** A world from which no end can be reached: goes backwards from all that are good. */
function findLost(seen: readonly Seen[]): number {
  const before: number[][] = seen.map(() => []);
  for (const [number, { next }] of seen.entries())
    for (const after of next) before[after]?.push(number);
  const good = seen.map(({ isGood }) => isGood);
  const stack = [...seen.keys()].filter((number) => good[number]);
  for (let number = stack.pop(); number !== undefined; number = stack.pop()) {
    for (const earlier of before[number] ?? []) {
      if (good[earlier]) continue;
      good[earlier] = true;
      stack.push(earlier);
    }
  }
  return good.indexOf(false);
}

function traceTo(seen: readonly Seen[], number: number): readonly string[] {
  const trace: string[] = [];
  for (let at = seen[number]; at !== undefined && at.from >= 0; at = seen[at.from])
    trace.unshift(at.name);
  return trace;
}
