import type { Frame } from './frame.ts';
import type { StackNode } from './recording.ts';

const WIDTH = 1200;
const ROW = 17;
const HEAD = 44;
const MOST_ROWS = 40;
/** Narrower ones are left out, with what they call. */
const LEAST_SHARE = 0.003;
const LETTER = 6.7;

const STYLE = `text{font:11px ui-monospace,monospace;fill:#1b1b1b;pointer-events:none}
.page{fill:#fff}.title{font:600 15px system-ui,sans-serif}.note{font:12px system-ui,sans-serif}
rect{stroke:#fff;stroke-width:.5}.ours{fill:#f3a15b}.package{fill:#8dbce8}.node{fill:#b9c3a5}.engine{fill:#d9b8d3}
g:hover>rect{stroke:#000;stroke-width:1.5}
@media(prefers-color-scheme:dark){text{fill:#f2f2f2}.page{fill:#15181c}rect{stroke:#15181c}.ours{fill:#9a5518}
.package{fill:#2f5f8f}.node{fill:#5b6547}.engine{fill:#70506c}g:hover>rect{stroke:#fff}}`;

interface Box {
  readonly frame: Frame;
  readonly total: number;
  readonly children: readonly Box[];
}

/** Stacks as one picture that needs nothing else: width is time, what is called lies below. */
export function flameGraph(title: string, trees: readonly StackNode[]): string {
  const boxes = merged(trees.flatMap(({ children }) => children));
  const total = sum(boxes);
  const rows: string[] = [];
  let deepest = 0;
  const draw = (level: readonly Box[], left: number, depth: number): void => {
    let x = left;
    for (const box of level) {
      const share = box.total / total;
      if (share >= LEAST_SHARE && depth < MOST_ROWS) {
        deepest = Math.max(deepest, depth);
        rows.push(drawn(box, { x, width: share * WIDTH, depth, total }));
        draw(box.children, x, depth + 1);
      }
      x += share * WIDTH;
    }
  };
  draw(boxes, 0, 0);
  const height = HEAD + (deepest + 1) * ROW + 4;
  const note = `${Math.round(total)} ms of work. Orange: ims-ferry; blue: packages; green: Node.js; purple: the engine.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
<text class="title" x="6" y="18">${escaped(title)}</text>
<text class="note" x="6" y="36">${escaped(note)}</text>
${rows.join('\n')}
</svg>
`;
}

function drawn(
  { frame, total: own }: Box,
  at: {
    readonly x: number;
    readonly width: number;
    readonly depth: number;
    readonly total: number;
  },
): string {
  const { x, width, depth, total } = at;
  const y = HEAD + depth * ROW;
  const letters = Math.floor((width - 6) / LETTER);
  const short =
    frame.label.length > letters ? `${frame.label.slice(0, letters - 1)}…` : frame.label;
  const text =
    letters < 4 ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(short)}</text>`;
  const share = `${Math.round(own)} ms, ${((100 * own) / total).toFixed(1)} %`;
  const box = `x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW}"`;
  return `<g><title>${escaped(`${frame.label}: ${share}`)}</title><rect class="${frame.owner}" ${box}/>${text}</g>`;
}

/** Calls of one function from one place are one box, the widest first. */
function merged(nodes: readonly StackNode[]): readonly Box[] {
  const same = Map.groupBy(nodes.map(folded), ({ frame }) => frame.label);
  return [...same.values()]
    .flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const children = merged(group.flatMap((node) => node.children));
      const self = group.reduce((time, node) => time + node.self, 0);
      return [{ frame: first.frame, total: self + sum(children), children }];
    })
    .toSorted((a, b) => b.total - a.total);
}

/** What calls itself for dozens of rows that say nothing: each becomes one box. */
const FOLDED: ReadonlyMap<string, string> = new Map([
  ['node:modules', 'loading modules'],
  ['wasm', 'wasm'],
]);

function folded(node: StackNode): StackNode {
  const label = FOLDED.get(node.frame.module);
  if (label === undefined) return node;
  const isSame = ({ frame }: StackNode): boolean => frame.module === node.frame.module;
  const inner = node.children.filter(isSame).map(folded);
  const others = node.children.filter((child) => !isSame(child));
  const self = inner.reduce((time, one) => time + one.self, node.self);
  const children = [...others, ...inner.flatMap((one) => one.children)];
  return { frame: { ...node.frame, label }, self, children };
}

function sum(boxes: readonly Box[]): number {
  return boxes.reduce((time, { total }) => time + total, 0);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
