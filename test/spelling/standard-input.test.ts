import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { validate } from '../../src/cli/commands/validate.ts';
import { readManifests } from '../../src/cli/submit/read-manifests.ts';
import { MAX_BYTES } from '../../src/producer/manifest/read-file.ts';
import { startProgram } from '../support/programs.ts';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

/** Standard input in these pieces. */
function inputOf(...pieces: readonly (string | Uint8Array)[]) {
  return Readable.from(pieces.map((piece) => Buffer.from(piece)));
}

async function validated(input: Readable, args: readonly string[] = ['-'], batch?: string) {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  const io = { out: add, err: add, stdin: input };
  const code = await validate(args, io, batch === undefined ? {} : { batch });
  return { code, lines };
}

const IMAGE = '{"image_url": "my-bucket:web.raw", "min_disk": 40}';

test.each([
  ['YAML', 'name: wave\nimages:\n  - {image_url: "obs://my-bucket/web.raw", min_disk: 40}\n'],
  ['JSON', `{"name": "wave", // c\n"images": [${IMAGE}]}`],
])('a manifest in %s comes from standard input, in any pieces', async (_, text) => {
  const { lines, code } = await validated(inputOf(...text));
  expect(lines.at(-1)).toBe('<stdin>: 1 image (1 system, 0 data, 0 quick) in batch "wave"');
  expect(code).toBe(0);
});

test('CSV needs --batch there, and is known by its first line', async () => {
  const text = '\ufeff"image_url";"min_disk"\r\nmy-bucket:web.raw;40\r\n';
  expect(await validated(inputOf(text), ['-'], 'wave')).toEqual({
    code: 0,
    lines: ['<stdin>: 1 image (1 system, 0 data, 0 quick) in batch "wave"'],
  });
  expect(await validated(inputOf(text))).toEqual({
    code: 2,
    lines: ['<stdin>:1:1 name: is missing; standard input has no name, so use --batch NAME'],
  });
});

test.each([
  [`{"images": [${IMAGE}]}`, 'write name: or use --batch'],
  [`{"images": ${IMAGE}}`, 'write name: or use --batch'],
  [`[${IMAGE}]`, 'use --batch NAME'],
  // Its name would be that of the image.
  [IMAGE, 'use --batch NAME'],
])('%s without a name: what can be written', async (text, advice) => {
  const { code, lines } = await validated(inputOf(text));
  expect(code).toBe(2);
  expect(lines.at(-1)).toMatch(new RegExp(`standard input has no name, so ${advice}$`));
});

test('a table as Excel writes it is known, too', async () => {
  const text = 'sep=;\r\nimage_url;min_disk\r\nmy-bucket:web.raw;40\r\n';
  expect(await validated(inputOf(text), ['-'], 'wave')).toMatchObject({ code: 0 });
});

test('--batch is the name of the batch, whatever a manifest says', async () => {
  const io = { err: () => undefined, env: {}, stop: new AbortController().signal };
  const text = `{"name": "own", "images": [${IMAGE}]}`;
  const manifests = await readManifests(['-'], { ...io, stdin: inputOf(text) }, { batch: 'wave' });
  expect(manifests?.map(({ name }) => name)).toEqual(['wave']);
});

test('standard input is read once, and an empty one is an empty manifest', async () => {
  expect(await validated(inputOf(''))).toEqual({
    code: 2,
    lines: ['<stdin>: is empty: nothing to import'],
  });
  const twice = validated(inputOf(`{"name": "a", "images": [${IMAGE}]}`), ['-', '-']);
  await expect(twice).rejects.toThrow('Standard input can be read once.');
});

test('standard input that is too large or no text is refused', async () => {
  const piece = new Uint8Array(MAX_BYTES / 2).fill(0x20);
  const large = await validated(inputOf(piece, piece, 'x'));
  expect(large).toMatchObject({
    code: 2,
    lines: [expect.stringContaining('the limit is 64000000')],
  });
  const binary = await validated(inputOf(new Uint8Array([0x7f, 0x45, 0x4c, 0x46])));
  expect(binary).toMatchObject({ code: 2, lines: [expect.stringContaining('a program (ELF)')] });
});

test('a large manifest from standard input is parsed in a thread, too', async () => {
  const rows = Array.from({ length: 10_000 }, (_, at) => `my-bucket:images/image-${at}.qcow2,40`);
  const { lines, code } = await validated(
    inputOf(`image_url,min_disk\n${rows.join('\n')}\n`),
    ['-'],
    'wave',
  );
  expect(lines).toEqual(['<stdin>: 10000 images (10000 system, 0 data, 0 quick) in batch "wave"']);
  expect(code).toBe(0);
});

test('the program reads a pipe, and a stop ends the wait for it', async () => {
  const child = startProgram('node', [CLI, 'validate', '-', '--batch', 'wave'], { stdio: 'pipe' });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stdin?.end(IMAGE);
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(stdout).toBe('<stdin>: 1 image (1 system, 0 data, 0 quick) in batch "wave"\n');
  expect(code).toBe(0);
  const stop = new AbortController();
  const io = { err: () => undefined, env: {}, stop: stop.signal };
  const never = new Readable({ read: () => undefined });
  const reading = readManifests(['-'], { ...io, stdin: never });
  stop.abort();
  expect(await reading).toBeUndefined();
  never.destroy();
});
