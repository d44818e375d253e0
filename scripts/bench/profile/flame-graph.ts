import { type CallNode, nameOf, partOf } from './profiled.ts';

const WIDTH = 1200;
const ROW = 18;
/** Of the whole: what is narrower cannot be read. */
const NARROWEST = 0.003;
/** Of the width of a letter, in pixels. */
const LETTER = 6.3;

interface Sized {
  readonly node: CallNode;
  readonly total: number;
  readonly children: readonly Sized[];
}

/**
 * A flame graph as one SVG that loads nothing: callers above, the called below, as wide as what they used
 * together. The whole name stands in the title of each.
 */
export function flameGraph(root: CallNode, title: string): string {
  const sized = sizeOf(root);
  const boxes: string[] = [];
  const depth = draw(boxes, sized, { x: 0, depth: 0, all: sized.total });
  const height = (depth + 3) * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">`,
    '<style>rect{stroke:#fff;stroke-width:.5}text{fill:#111}.b{fill:#fff}</style>',
    `<rect class="b" width="${WIDTH}" height="${height}"/>`,
    `<text x="6" y="14" font-size="13">${escaped(title)}</text>`,
    ...boxes,
    '</svg>\n',
  ].join('\n');
}

function sizeOf(node: CallNode): Sized {
  const children = node.children.map(sizeOf).toSorted((a, b) => b.total - a.total);
  return { node, children, total: children.reduce((sum, { total }) => sum + total, node.self) };
}

interface At {
  readonly x: number;
  readonly depth: number;
  readonly all: number;
}

/** Answers how deep it went. */
function draw(boxes: string[], { node, total, children }: Sized, { x, depth, all }: At): number {
  const width = (total / all) * WIDTH;
  if (total < NARROWEST * all) return depth;
  boxes.push(box(node, { x, depth, width, share: total / all }));
  let deepest = depth;
  let next = x;
  for (const child of children) {
    deepest = Math.max(deepest, draw(boxes, child, { x: next, depth: depth + 1, all }));
    next += (child.total / all) * WIDTH;
  }
  return deepest;
}

interface Box {
  readonly x: number;
  readonly depth: number;
  readonly width: number;
  readonly share: number;
}

function box({ frame }: CallNode, { x, depth, width, share }: Box): string {
  const name = nameOf(frame);
  const y = (depth + 1) * ROW + 4;
  const letters = Math.floor((width - 4) / LETTER);
  const label = letters < 4 ? '' : escaped(name.slice(0, letters));
  const text = label === '' ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 13}">${label}</text>`;
  const title = `<title>${escaped(name)}: ${(100 * share).toFixed(1)} %</title>`;
  const size = `x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}"`;
  return `<g>${title}<rect ${size} fill="${colorOf(partOf(frame))}"/>${text}</g>`;
}

/** Ours, Redis, HTTP and the rest can be told apart. */
function colorOf(part: string): string {
  if (part.startsWith('src/')) return '#8fd19e';
  if (part === 'bullmq' || part === 'ioredis') return '#f4a7a0';
  if (part === 'undici' || part === 'yaml' || part === 'zod') return '#a9c8f5';
  return part === 'Node' ? '#e6dfc8' : '#d5d5d5';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
