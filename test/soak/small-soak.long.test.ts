import { describe, expect, test } from 'vitest';
import { needing, runProgram } from '../support/programs.ts';

async function soak(options: string): Promise<string> {
  const { code, stdout, stderr } = await runProgram('node', [
    'scripts/soak.ts',
    ...options.split(' '),
    // A slow machine is no failure.
    ...['--within', '3600000'],
  ]);
  expect(code, stdout + stderr).toBe(0);
  return stdout;
}

describe('a small soak, judged by the cloud', needing('redis-server'), () => {
  test('150 images under faults, kills and freezes', async () => {
    const output = await soak('--images 150 --kills 20 --freeze 0.2 --redis-kills 2');
    expect(output).toContain('next move after');
  });

  test('24 images while the host of Redis loses power and images are hidden', async () => {
    const output = await soak('--images 24 --kills 2 --power-cuts 2 --flapping --window 4000');
    expect(output).toMatch(/power cuts +2 of 2/);
    expect(output).toMatch(/images hidden +[1-9]/);
  });
});

describe('a small soak with libfaketime', needing('redis-server', 'faketime'), () => {
  test('24 images while clocks are stepped', async () => {
    const output = await soak('--images 24 --kills 2 --clock-steps 6 --window 4000');
    expect(output).toMatch(/clocks stepped +6 of 6/);
  });
});
