import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NEEDS, RIGHTS } from '../../simulator/ims/rights.ts';
import { NEEDED } from '../../src/shared/dialect/rights.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** The actions of policies that a text names. */
function actionsIn(text: string): ReadonlySet<string> {
  return new Set(text.match(/\b(?:ims|ecs|obs):[A-Za-z]+:(?:[A-Za-z]+|\*)/g));
}

const texts = Object.values(NEEDED).map(({ right }) => right);
const known = actionsIn(texts.join(' '));
const inProject = new Set([...known].filter((action) => !action.startsWith('obs:')));

test('the table for administrators names each right that a call needs, and so does its policy', () => {
  const [, section = ''] = /\n## Rights\n([\s\S]*?)\n## /.exec(read('docs/logins.md')) ?? [];
  const [table = '', policy = ''] = section.split('```json');
  expect(actionsIn(table)).toEqual(new Set([...known, 'obs:bucket:*', 'obs:object:*']));
  const { Statement } = JSON.parse(policy.split('```')[0] ?? '');
  expect(actionsIn(JSON.stringify(Statement))).toEqual(inProject);
});

test('no page and no message names another right', () => {
  const paths = globSync(['src/**/*.ts', 'docs/*.md', 'README.md'], { cwd: root });
  const named = new Set(paths.flatMap((path) => [...actionsIn(read(path))]));
  const others = [...named].filter((action) => !known.has(action) && !action.endsWith(':*'));
  expect(others).toEqual([]);
});

test('the simulator can take each of them away, and checks each at a call', () => {
  expect(new Set<string>(RIGHTS)).toEqual(inProject);
  const checked = Object.values(NEEDS).flatMap(({ rights }) => rights);
  expect(new Set<string>(checked)).toEqual(inProject);
});
