import { describe, expect, test } from 'vitest';
import { flameGraph } from '../../scripts/bench/profile/flame-graph.ts';
import { type Frame, frameOf } from '../../scripts/bench/profile/frame.ts';
import type { StackNode } from '../../scripts/bench/profile/recording.ts';
import { largest } from '../../scripts/bench/profile/self-times.ts';

const named = (functionName: string, url: string): Frame =>
  frameOf({ functionName, url, lineNumber: 9 }, '/ferry/');
const ours = named('read', 'file:///ferry/src/producer/read.ts');
const native = named('hash', '');
const root = named('(root)', '');

const node = (frame: Frame, self: number, ...children: StackNode[]): StackNode => ({
  ...{ frame, self, children },
});

describe('a profile', () => {
  test.each([
    ['file:///ferry/src/producer/read.ts', 'src/producer', 'f (src/producer/read.ts:10)'],
    ['file:///ferry/node_modules/yaml/dist/x.js', 'yaml', 'f (yaml/dist/x.js:10)'],
    ['/elsewhere/node_modules/@a/b/node_modules/@c/d/x.js', '@c/d', 'f (@c/d/x.js:10)'],
    ['node:internal/crypto/hash', 'node:crypto', 'f (node:internal/crypto/hash:10)'],
    ['wasm://wasm/00ad0bc6', 'wasm', 'wasm'],
    ['', 'native functions', 'f (native)'],
  ])('names a function of %s without a path of this machine', (url, module, label) => {
    expect(named('f', url)).toMatchObject({ module, label });
  });

  test('adds up what a function took itself, wherever it was called from', () => {
    const tree = node(root, 0, node(ours, 1, node(native, 2)), node(native, 5));
    expect(largest([tree, tree], ({ label }) => label, 2)).toEqual([
      { name: 'hash (native)', self: 14, share: 0.875 },
      { name: 'read (src/producer/read.ts:10)', self: 2, share: 0.125 },
    ]);
  });

  test('is drawn with its time as width, each loader once, and nothing too narrow to be seen', () => {
    const loading = named('load', 'node:internal/modules/esm/loader');
    const odd = named('<odd>', '');
    const chain = node(loading, 1, node(loading, 1, node(native, 2)));
    const svg = flameGraph('a & b', [node(root, 0, node(ours, 750, chain), node(odd, 242), chain)]);
    expect(svg).toContain('aria-label="a &#38; b"');
    expect(svg).toContain('&#60;odd&#62; (native): 242 ms, 24.2 %');
    expect(svg).toContain('read (src/producer/read.ts:10): 754 ms, 75.4 %');
    expect(svg.match(/loading modules: 4 ms/g)).toHaveLength(2);
    const narrow = flameGraph('a', [node(root, 0, node(ours, 999), node(odd, 1))]);
    expect(narrow).not.toContain('odd');
  });
});
