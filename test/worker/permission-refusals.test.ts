import { describe, expect, test } from 'vitest';
import { PermissionRefusals } from '../../src/worker/permission-refusals.ts';

const ROLE = { reason: 'permission', code: 'IMG.0026' } as const;

function permissionRefusals() {
  let now = 0;
  const of = new PermissionRefusals({ monotonic: () => now });
  const pass = (ms: number): void => {
    now += ms;
  };
  /** Sends one create, and has it refused. */
  const refuse = (key: string) => {
    pass(1);
    of.started(key);
    pass(1);
    return of.scopeOf(key, ROLE);
  };
  const accept = (key: string): void => {
    pass(1);
    of.started(key);
    pass(1);
    of.accepted(key);
  };
  return { of, pass, refuse, accept };
}

describe('a permission that is missing', () => {
  test('is the project’s when three in a row are refused and none was ever accepted', () => {
    const { refuse } = permissionRefusals();
    expect([refuse('a'), refuse('b'), refuse('c')]).toEqual(['again', 'again', 'project']);
  });

  test('is the project’s, too, when there is only one image', () => {
    const { refuse } = permissionRefusals();
    expect([refuse('a'), refuse('a'), refuse('a')]).toEqual(['again', 'again', 'project']);
  });

  test('is the image’s when another is accepted meanwhile', () => {
    const { refuse, accept } = permissionRefusals();
    expect(refuse('a')).toBe('again');
    accept('b');
    expect(refuse('a')).toBe('image');
  });

  test('is the image’s after three tries where others were accepted lately', () => {
    const { refuse, accept } = permissionRefusals();
    accept('b');
    expect([refuse('a'), refuse('a'), refuse('a')]).toEqual(['again', 'again', 'image']);
  });

  test('that is withdrawn half-way stops the project after ten in a row, and fails none', () => {
    const { refuse, accept } = permissionRefusals();
    accept('before');
    const seen = Array.from({ length: 10 }, (_, at) => refuse(`i-${at}`));
    expect(seen.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => 'again'));
    expect(seen[9]).toBe('project');
  });

  test('of creates that were under way when another was accepted is not counted', () => {
    const { of, pass, accept, refuse } = permissionRefusals();
    const keys = Array.from({ length: 12 }, (_, at) => `i-${at}`);
    for (const key of keys) of.started(key);
    pass(1);
    accept('d');
    for (const key of keys) expect(of.scopeOf(key, ROLE)).toBe('again');
    accept('e');
    for (const key of keys) expect(refuse(key)).toBe('image');
  });

  test.each([
    { reason: 'permission', code: 'APIGW.0302' },
    { reason: 'quota', code: 'IMG.0015' },
    { reason: 'money', code: 'IMG.0239' },
  ] as const)('$code is about the project', (answer) => {
    const { of, accept } = permissionRefusals();
    accept('b');
    expect(of.scopeOf('a', answer)).toBe('project');
  });

  test('starts again after a stop', () => {
    const { refuse } = permissionRefusals();
    for (const key of ['a', 'b', 'c']) refuse(key);
    expect([refuse('a'), refuse('b')]).toEqual(['again', 'again']);
  });

  test('an acceptance of yesterday proves nothing', () => {
    const { refuse, accept, pass } = permissionRefusals();
    accept('b');
    pass(86_400_000);
    expect([refuse('a'), refuse('a'), refuse('a')]).toEqual(['again', 'again', 'project']);
  });
});
