import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderJunit } from '../../src/producer/report/render-junit.ts';
import { readXml } from '../support/read-xml.ts';
import {
  at,
  cancelled,
  entry,
  failed,
  held,
  reportOf,
  succeeded,
} from '../support/report-entries.ts';

test('a case for each image: failure, error, skipped, or nothing to say', () => {
  const timeout = { code: 'TIMEOUT', message: 'no answer' };
  const creating = entry('e', { state: { status: 'creating', since: at(1), jobId: 'j' } });
  const images = [succeeded('a'), failed('b'), held('c', timeout), cancelled('d'), creating];
  const suites = readXml(renderJunit(reportOf(images)));
  expect(suites.name).toBe('testsuites');
  const [suite] = suites.children;
  expect(suite?.attributes).toEqual({
    name: 'spring',
    tests: '5',
    failures: '1',
    errors: '1',
    skipped: '2',
    time: '120.000',
    timestamp: '2026-03-01T09:30:00',
  });
  const cases = suite?.children ?? [];
  expect(cases.map(({ attributes }) => attributes['name'])).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(cases[0]).toMatchObject({
    attributes: { classname: 'spring.system', time: '61.000' },
    children: [],
  });
  expect(cases[1]?.children).toMatchObject([
    { name: 'failure', attributes: { type: 'IMG.0057', message: 'IMG.0057: no such object' } },
  ]);
  expect(cases[1]?.children[0]?.text).toContain('Check that the object exists.\nrequest req-7');
  expect(cases[2]?.children).toMatchObject([{ name: 'error', attributes: { type: 'TIMEOUT' } }]);
  expect(cases[3]?.children).toMatchObject([{ name: 'skipped' }]);
  expect(cases[4]?.children).toMatchObject([{ name: 'skipped' }]);
});

test('whatever a name or a message holds, it is well-formed and says the same', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 });
  fc.assert(
    fc.property(text, text, (name, message) => {
      const one = failed('b', { code: 'X', message });
      const named = { ...one, request: { ...one.request, name } };
      const [found] = readXml(renderJunit(reportOf([named]))).children[0]?.children ?? [];
      expect(found?.attributes['name']).toBe(withoutNotXml(name));
      expect(found?.children[0]?.attributes['message']).toBe(`X: ${withoutNotXml(message)}`);
    }),
  );
});

/** Control characters other than tab and line ends, and what is no character at all. */
function withoutNotXml(text: string): string {
  return [...text]
    .filter((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 32) return code === 9 || code === 10 || code === 13;
      if (code >= 127 && code <= 159) return code === 0x85;
      return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
    })
    .join('');
}
