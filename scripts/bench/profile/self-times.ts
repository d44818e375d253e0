import type { Frame } from './frame.ts';
import type { StackNode } from './recording.ts';

/** What a module or a function took by itself, and its share of all. */
export interface Share {
  readonly name: string;
  readonly self: number;
  readonly share: number;
}

/** The largest by what each took itself, under a name that the frame is given. */
export function largest(
  trees: readonly StackNode[],
  nameOf: (frame: Frame) => string,
  most: number,
): readonly Share[] {
  const byName = new Map<string, number>();
  let total = 0;
  const visit = ({ frame, self, children }: StackNode): void => {
    total += self;
    const name = nameOf(frame);
    byName.set(name, (byName.get(name) ?? 0) + self);
    for (const child of children) visit(child);
  };
  for (const tree of trees) visit(tree);
  return [...byName]
    .map(([name, self]) => ({ name, self, share: total === 0 ? 0 : self / total }))
    .toSorted((a, b) => b.self - a.self)
    .slice(0, most);
}
