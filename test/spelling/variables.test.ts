import { describe, expect, test } from 'vitest';
import { runFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { readManifest } from '../support/read-manifest.ts';

/** `$[NAME]` for the variable, which a linter takes for a mistake. */
function read(text: string, variables?: Readonly<Record<string, string>>) {
  return readManifest(withVariables(text), 'm.yaml', variables && { variables });
}

function withVariables(text: string): string {
  return text.replace(/\$\[(\w+)\]/g, '$${$1}');
}

const TEXT = `images:
  - name: web-$[ENV]
    image_url: $[BUCKET]:a.raw
    min_disk: $[SIZE]
    is_config: $[CONFIG]
    tags: {env: "$[ENV]"}
`;
const ALL = { ENV: 'test', BUCKET: 'my-bucket', SIZE: '40', CONFIG: 'true' };

describe('variables of a manifest', () => {
  test('are filled in, as numbers where the field is one', () => {
    expect(read(TEXT, ALL).requests).toEqual([
      {
        ...{ kind: 'system', quick_import: false, copy: 1, name: 'web-test', is_config: true },
        ...{ image_url: 'my-bucket:a.raw', min_disk: 40, tags: [{ key: 'env', value: 'test' }] },
      },
    ]);
  });

  test('without a value are errors, each at its place', () => {
    expect(read(TEXT, { ENV: 'test', SIZE: '40' }).faults).toEqual([
      withVariables(
        '3:16 images[0].image_url: uses $[BUCKET], which has no value; use --var BUCKET=VALUE or --var-from-env BUCKET',
      ),
      withVariables(
        '5:16 images[0].is_config: uses $[CONFIG], which has no value; use --var CONFIG=VALUE or --var-from-env CONFIG',
      ),
    ]);
    expect(
      read('images: [{name: "$[constructor]", image_url: "my-bucket:a.raw", min_disk: 1}]', ALL)
        .faults,
    ).toHaveLength(1);
  });

  test('stay as they are where none is requested, and the message says how', () => {
    expect(read(TEXT).faults[0]).toBe(
      withVariables(
        '2:11 images[0].name: is "web-$[ENV]"; validate, plan and submit fill it in with --var ENV=VALUE',
      ),
    );
  });

  test.each([
    ['x, min_disk: 9', '"x, min_disk: 9"'],
    ['x}]\nimages: []', '"x}]\\u000aimages: []"'],
    ['*anchor', '"*anchor"'],
    ['!!binary x', '"!!binary x"'],
    ['$[ENV]', '"$[ENV]"'],
    ['', 'empty'],
  ])('are never read as YAML nor filled in again: %j', (value, shown) => {
    const { faults } = read('images: [{name: "$[X]", image_url: "my-bucket:a.raw", min_disk: 1}]', {
      ...{ X: withVariables(value), ENV: 'secret' },
    });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain('1:17 images[0].name: is ');
    expect(faults[0]).toContain(withVariables(shown));
  });

  test('are not looked for in what only anchors need, but where it is used', () => {
    const text =
      'x-base: &base {name: "$[NAME]"}\nx-other: $[OTHER]\nimages:\n  - {<<: *base, image_url: "my-bucket:a.raw", min_disk: 1}';
    expect(read(text, { NAME: 'web' })).toMatchObject({ faults: [], requests: [{ name: 'web' }] });
  });

  test('need quotes inside brackets, which the message says', () => {
    expect(read('images: [{name: $[X], image_url: "my-bucket:a.raw"}]', ALL).faults).toEqual([
      '1:18 a variable inside brackets needs quotes',
    ]);
  });

  test('cannot make a manifest larger than one may be', () => {
    const text = `images: [{name: "${'$[X]'.repeat(70_000)}", image_url: "my-bucket:a.raw", min_disk: 1}]`;
    expect(read(text, { X: 'x'.repeat(1000) }).faults).toEqual([
      '1:17 images[0].name: variables make the manifest too long; the limit is 64000000 characters of values',
    ]);
  });

  test('leave the name of a file in a pattern alone', () => {
    const text =
      'images: [{name: "$[ENV]-$[basename]", image_url: "my-bucket:*.raw", min_disk: 1}]';
    expect(read(text, ALL).faults).toEqual([]);
  });
});

describe('on the command line', () => {
  const validate = async (args: readonly string[], env: Record<string, string> = {}) => {
    const file = await textFile('m.yaml', withVariables(TEXT));
    return runFerry(['validate', file, ...args], env);
  };
  const GIVEN = ['--var', 'BUCKET=my-bucket', '--var', 'SIZE=40', '--var', 'CONFIG=false'];

  test('come from --var and, where that names them, from the environment', async () => {
    const { code, stdout } = await validate([...GIVEN, '--var-from-env', 'ENV'], { ENV: 'live' });
    expect(stdout).toContain('1 image (1 system');
    expect(code).toBe(0);
    const unnamed = await validate(GIVEN, { ENV: 'live' });
    expect(unnamed.stderr).toContain(withVariables('$[ENV], which has no value'));
    expect(unnamed.code).toBe(2);
  });

  test.each([
    [['--var', 'ENV'], '--var needs a name and a value'],
    [['--var', '=x'], '--var needs a name and a value'],
    [['--var', '1X=x'], 'The variable 1X is not a name'],
    [['--var', 'basename=x'], 'The variable basename is the name of the file in a pattern'],
    [['--var', 'X=a\u001bb'], 'The variable X contains a line break or another control character'],
    [['--var', `X=${'x'.repeat(1025)}`], 'The variable X has 1025 characters'],
    [['--var-from-env', 'NOT_THERE'], '--var-from-env: NOT_THERE is not set'],
    [['--batch', 'a/b'], '--batch is "a/b"'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await validate(args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test.each([
    ['DB_PASSWORD', 'hunter2'],
    ['OS_SECRET_KEY', 'x'],
    ['GITHUB_TOKEN', 'x1'],
    ['MY_SK', 'x1'],
    ['X', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
    ['X', 'AKIAIOSFODNN7EXAMPLE'],
    ['X', 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12'],
    ['X', 'https://me:pw@host/'],
    ['X', 'web.raw?Signature=abc'],
    ['X', '-----BEGIN PRIVATE KEY-----'],
  ])('a secret is refused and never shown: %s=%s', async (name, value) => {
    for (const args of [
      ['--var', `${name}=${value}`],
      ['--var-from-env', name],
    ]) {
      const { code, stdout, stderr } = await validate(args, { [name]: value });
      expect(stderr).toContain(`The variable ${name} looks like a secret`);
      expect(stdout + stderr).not.toContain(value);
      expect(code).toBe(2);
    }
  });

  test.each([
    'eu-de',
    '12345678-90ab-4cde-8f01-234567890abc',
    'a'.repeat(64),
    `${'0'.repeat(63)}f`,
    '2026-11-29',
    'PRODUCTION',
    'images/wave-1/Web_Server.qcow2',
  ])('%s is no secret', async (value) => {
    const { stderr } = await validate(['--var', `X=${value}`]);
    expect(stderr).not.toContain('looks like a secret');
  });
});
