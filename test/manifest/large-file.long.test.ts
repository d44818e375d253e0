import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { readManifests } from '../../src/cli/submit/read-manifests.ts';
import { expandManifest } from '../../src/producer/expand/expand-manifest.ts';
import {
  loadManifest,
  parseManifest,
  THREAD_BYTES,
} from '../../src/producer/manifest/load-manifest.ts';
import { textFile } from '../support/manifest-file.ts';

function manifestText(count: number, broken = ''): string {
  const lines = ['defaults: {min_disk: 40, os_version: CentOS 7.6 64bit}', 'images:'];
  for (let index = 0; index < count; index += 1) {
    lines.push(`  - name: image-${index}`, `    image_url: bucket:images/image-${index}.qcow2`);
    lines.push('    tags: [team.storage, wave.one]');
  }
  return [...lines, broken, ''].join('\n');
}

test('a large file is parsed in a thread, with the same result', async () => {
  const text = manifestText(10_000);
  expect(text.length).toBeGreaterThan(THREAD_BYTES);
  const file = await textFile('large.yaml', text);
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 5);
  const loaded = await loadManifest(file);
  clearInterval(timer);
  // Reading and checking takes seconds; the main thread was free during them.
  expect(turns).toBeGreaterThan(10);
  expect(loaded).toEqual(parseManifest(new TextEncoder().encode(text), file));
});

/** Calls back when the next thread has started and cannot have read 60,000 images yet. */
function whenParsing(act: () => void): void {
  process.once('worker', (thread: Worker) => thread.once('online', act));
}

test('reading a large file ends when it is stopped, and nothing comes of it', async () => {
  const file = await textFile('large.yaml', manifestText(60_000));
  const stop = new AbortController();
  const lines: string[] = [];
  const io = { err: (line: string) => void lines.push(line), env: {}, stop: stop.signal };
  const reading = readManifests([file], io);
  whenParsing(() => stop.abort());
  expect(await reading).toBeUndefined();
  expect(lines).toEqual([]);
  const again = new AbortController();
  whenParsing(() => again.abort());
  const loaded = await loadManifest(file, { stop: again.signal });
  expect(loaded.ok ? [] : loaded.issues).toMatchObject([{ message: 'was not read to its end' }]);
});

test('the errors of a large file are reported as well', async () => {
  const file = await textFile('large.yaml', manifestText(6000, '  - {name: last}'));
  const loaded = await loadManifest(file);
  expect(loaded.ok ? [] : loaded.issues.map(({ line, field }) => [line, field])).toEqual([
    [18003, 'images[6000].image_url'],
  ]);
});

test('of thousands of errors the first 50 are listed, and the rest is counted', () => {
  const text = manifestText(5000).replaceAll('team.storage', 'team=storage');
  const result = parseManifest(new TextEncoder().encode(text), 'bad.yaml');
  const issues = result.ok ? [] : result.issues;
  expect(issues).toHaveLength(51);
  expect(issues[0]).toMatchObject({ line: 5, field: 'images[0].tags[0]' });
  expect(issues.at(-1)?.message).toBe('and 4950 more');
});

test('a pattern that gives one name to 200,000 objects is refused', async () => {
  const text = 'images: [{ name: one, min_disk: 1, image_url: "bucket:vm/*.qcow2" }]';
  const parsed = parseManifest(new TextEncoder().encode(text), 'x.yaml');
  if (!parsed.ok) return expect.unreachable();
  const objects = Array.from({ length: 200_000 }, (_, at) => {
    return { key: `vm/${at}.qcow2`, size: 1, storageClass: 'STANDARD' };
  });
  const result = await expandManifest(parsed.manifest, async () => ({ kind: 'ok', objects }));
  expect(result.ok ? [] : result.issues).toHaveLength(51);
});

test('aliases may be 10,000, one for each image', () => {
  const withAliases = (count: number) => {
    const image = (_: unknown, at: number) => `  - {<<: *x, image_url: "my-bucket:${at}.raw"}`;
    const lines = ['x-one: &x {min_disk: 40}', 'images:', ...Array.from({ length: count }, image)];
    return parseManifest(new TextEncoder().encode(lines.join('\n')), 'many.yaml');
  };
  expect(withAliases(10_000)).toMatchObject({ ok: true });
  const refused = withAliases(10_001);
  expect(refused.ok ? [] : refused.issues).toEqual([
    expect.objectContaining({
      ...{ line: 10_003, column: 10, field: 'images[10000].<<' },
      message: 'more than 10000 aliases; use defaults: for what all images share',
    }),
  ]);
});
