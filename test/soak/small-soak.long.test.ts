import { expect, test } from 'vitest';
import { needing, runProgram } from '../support/programs.ts';

test(
  'a small soak: 150 images under faults, kills and freezes, judged by the cloud',
  needing('redis-server'),
  async () => {
    const options = ['--images', '150', '--kills', '20', '--freeze', '0.2', '--redis-kills', '2'];
    const { code, stdout, stderr } = await runProgram('node', ['scripts/soak.ts', ...options]);
    expect(code, stdout + stderr).toBe(0);
  },
);
