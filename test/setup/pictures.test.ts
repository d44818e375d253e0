import { globSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { terminalPicture } from '../../scripts/pictures/terminal-picture.ts';
import { PICTURES } from '../../scripts/write-pictures.ts';
import { readXml } from '../support/read-xml.ts';

/** Diagrams that are drawn by hand: they show no state of the program. */
const DRAWN = ['how-it-works.svg'];

describe('each picture', () => {
  test('is taken by npm run pictures, or is a diagram', () => {
    const files = new Set(readdirSync('docs/images'));
    expect(files).toEqual(new Set([...Object.keys(PICTURES), ...DRAWN]));
  });

  test('is shown by a page, and no page shows another', () => {
    const pages = ['README.md', ...globSync('docs/**/*.md')];
    const shown = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path),
    );
    const names = shown.map((path) => path?.replace(/^(?:docs\/)?(?:\.\.\/)?images\//, ''));
    expect(new Set(names)).toEqual(new Set(readdirSync('docs/images')));
  });
});

test('the picture of a terminal has its colours, and escapes its text', () => {
  const picture = terminalPicture('a & b', [
    '\u001b[31m<failed>\u001b[39m ok \u001b[1mdone\u001b[22m',
  ]);
  const text = readXml(
    picture
      .trimEnd()
      .replace(/ (?:viewBox|font-family)="[^"]*"| xmlns="[^"]*"/g, '')
      .replaceAll('xml:space', 'space'),
  );
  const line = text.children.find(({ name }) => name === 'text');
  expect(line?.children).toMatchObject([
    { name: 'tspan', attributes: { fill: '#ff7b72' }, text: '<failed>' },
    { name: 'tspan', attributes: { 'font-weight': 'bold' }, text: 'done' },
  ]);
  expect(line?.text).toBe(' ok ');
});
