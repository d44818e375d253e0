import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIssue } from '../../src/producer/manifest/issue.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';

/** Beside `no-input-breaks-it.test.ts`: bytes rather than words, what is echoed, and slow patterns. */
const BULK = readFileSync(fileURLToPath(new URL('../../manifests/bulk.yaml', import.meta.url)));
const WEB = 'images:\n  - name: web\n    image_url: bucket:web.raw\n    min_disk: 40\n';
const encode = (text: string) => new TextEncoder().encode(text);

/** The lines of a manifest's issues; each is one line, in order, without control characters. */
function linesOf(bytes: Uint8Array): readonly string[] {
  const result = parseManifest(bytes, 'any.yaml');
  const issues = result.ok ? result.warnings : [...result.issues, ...result.warnings];
  for (const { line, column } of issues) {
    expect(Number.isInteger(line) && line >= 1).toBe(true);
    expect(Number.isInteger(column) && column >= 1).toBe(true);
  }
  const lines = issues.map(formatIssue);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not reach a terminal
  for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u200b]/);
  return lines;
}

type Change = { readonly at: number; readonly cut: number; readonly put: Uint8Array };

function changed(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  return changes.reduce((current, { at, cut, put }) => {
    const place = at % (current.length + 1);
    return Buffer.concat([current.subarray(0, place), put, current.subarray(place + cut)]);
  }, bytes);
}

describe('what a manifest becomes', () => {
  test('is issues in plain lines or a manifest, however bytes of it change', () => {
    const change = fc.record({
      at: fc.nat(),
      cut: fc.nat(6),
      put: fc.uint8Array({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        linesOf(changed(BULK, changes));
      }),
      { numRuns: 150 },
    );
  });

  test('is issues in plain lines for any text as a name', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(text, (name) => {
        linesOf(encode(JSON.stringify({ [name]: 1, images: [{ name }] })));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a secret', () => {
  const key = fc.constantFrom('password', 'token', 'secret_key', 'OS_PASSWORD', 'proxy');
  const shape = fc.constantFrom<(secret: string) => string>(
    ...[(secret: string) => secret, (secret: string) => `"${secret}"`],
    ...['*', '!', '&', '@', '%', '`', '|', '"', "'", '[', '{', '? ', '- '].map(
      (sign) => (secret: string) => `${sign}${secret}`,
    ),
    ...[': ', ' #', ' "', ', ', '\\q'].map((end) => (secret: string) => `${secret}${end}x`),
  );

  test('is never echoed, whatever YAML makes of it', () => {
    fc.assert(
      fc.property(key, shape, fc.boolean(), (name, write, isTop) => {
        const line = `${name}: ${write('s3cr3t-canary')}\n`;
        const lines = linesOf(encode(isTop ? `${line}${WEB}` : `${WEB}    ${line}`));
        expect(lines.length).toBeGreaterThan(0);
        expect(lines.join('\n')).not.toContain('s3cr3t');
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ['a URL with a password', 'https://user:s3cr3t-canary@host/web.raw'],
    ['an address with a password', 'user:s3cr3t-canary@bucket:web.raw'],
    ['a signed address', 'bucket:web.raw?AccessKeyId=AK&Signature=s3cr3t-canary'],
  ])('in %s is echoed by no field, and not as a key', (_, text) => {
    for (const field of ['name', 'image_url', 'os_version', 'type', 'cmk_id', 'kind', text]) {
      const image = { name: 'web', image_url: 'bucket:web.raw', min_disk: 40, [field]: text };
      const lines = linesOf(encode(JSON.stringify({ images: [image] })));
      expect(lines.join('\n')).not.toContain('s3cr3t');
    }
  });
});

describe('a text of 100 KB', () => {
  test.each(['@a:', ':', 'a:@', '://a:', '?a', '?a=', '../', '${', '{{', '\\', "''", '. '])(
    'of %j is refused in a moment by every field',
    (piece) => {
      const text = `@${piece.repeat(100_000 / piece.length)}`;
      const tail = `://${piece.slice(1).repeat(50_000)}`;
      const start = process.threadCpuUsage();
      for (const field of ['name', 'image_url', 'description', 'os_version', 'type', 'cmk_id']) {
        linesOf(encode(JSON.stringify({ images: [{ [field]: text }, { [field]: tail }] })));
      }
      linesOf(encode(JSON.stringify({ images: [{ [text]: 1, tags: [text, tail] }] })));
      // Processor time: whatever else the machine does, a pattern that runs wild takes minutes of it.
      const { user, system } = process.threadCpuUsage(start);
      expect((user + system) / 1000).toBeLessThan(5000);
    },
  );
});
