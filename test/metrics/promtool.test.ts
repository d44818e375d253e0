import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openDashboard } from '../support/dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const folder = fileURLToPath(new URL('../../docs/observability/', import.meta.url));
const promtool = (args: readonly string[], input = '') =>
  spawnSync('promtool', args, { cwd: folder, input, encoding: 'utf8' });
const isThere = promtool(['--version']).error === undefined;
const redis = useRedis({ emptied: true });

describe.skipIf(!isThere)('promtool (skipped where it is not installed)', () => {
  test('takes the rules, and they alert when they should', () => {
    const check = promtool(['check', 'rules', 'alerts.yml']);
    expect(check.status, check.stdout + check.stderr).toBe(0);
    const run = promtool(['test', 'rules', 'alerts.test.yml']);
    expect(run.status, run.stdout + run.stderr).toBe(0);
    const config = promtool(['check', 'config', '--syntax-only', 'prometheus.yml']);
    expect(config.status, config.stdout + config.stderr).toBe(0);
  });

  test('has nothing to say against the metrics', async () => {
    const { look } = await openDashboard(redis.client);
    const { body } = await look('/metrics');
    const { status, stdout, stderr } = promtool(['check', 'metrics'], body);
    expect(status, stdout + stderr).toBe(0);
  });
});
