import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { shellQuoted } from '../../src/shared/text/shell-quoted.ts';

test.each([
  ['spring-2026.yaml', 'spring-2026.yaml'],
  ['/srv/images/a:b@c%d+e,f', '/srv/images/a:b@c%d+e,f'],
  ['my batch', "'my batch'"],
  ["Anna's batch", "'Anna'\\''s batch'"],
  ['$(reboot)', "'$(reboot)'"],
  ['a;b', "'a;b'"],
  ['*', "'*'"],
  ['镜像', "'镜像'"],
  ['', "''"],
])('%s as an argument is %s', (text, argument) => {
  expect(shellQuoted(text)).toBe(argument);
});

/** A name of a cloud has no character that a shell reads; the others are no arguments of commands. */
const SAFE = /^(cloud\b.*|name|pid|use|login\.user|action)$/s;
const QUOTED = /^(visible\()?shellQuoted\(/;

/** What is put into the text of a command without being quoted. */
function unquoted(source: string): readonly string[] {
  return source.split('\n').flatMap((line) => {
    const [, ...commands] = line.split(/ims-ferry (?!up may )(?=[a-z-]|\$\{)/);
    return commands.flatMap((text) => {
      const [command = ''] = text.split(/`|<\/code>|[.;,)] /);
      const parts = [...command.matchAll(/\$\{((?:[^{}]|\{[^}]*\})*)\}/g)];
      return parts
        .map(([, expression = '']) => expression)
        .filter((expression) => !SAFE.test(expression) && !QUOTED.test(expression))
        .filter((expression) => !/\? '[A-Z]+' : shellQuoted\(/.test(expression));
    });
  });
}

test('a name within a command that we print is quoted', () => {
  expect(unquoted(['io.err(`See: ims-ferry status $', '{batch}`);'].join(''))).toEqual(['batch']);
  expect(unquoted(['`ims-ferry retry x --name $', '{row.name}`'].join(''))).toEqual(['row.name']);
  const files = globSync('src/**/*.ts').filter((file) => !file.includes('completion'));
  expect(files.length).toBeGreaterThan(300);
  const found = files.flatMap((file) =>
    unquoted(readFileSync(file, 'utf8')).map((expression) => `${file}: ${expression}`),
  );
  expect(found).toEqual([]);
});
