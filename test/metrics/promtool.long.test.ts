import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openDashboard } from '../support/dashboard.ts';
import { needing, runProgram } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const folder = fileURLToPath(new URL('../../docs/observability/', import.meta.url));

async function expectGood(args: readonly string[], input = ''): Promise<void> {
  const { code, stdout, stderr } = await runProgram('promtool', args, { cwd: folder, input });
  expect(code, stdout + stderr).toBe(0);
}

const redis = useRedis({ emptied: true });

test('every alert rule has a case in which it alerts', () => {
  const rules = readFileSync(`${folder}alerts.yml`, 'utf8').matchAll(/alert: (\w+)/g);
  const cases = readFileSync(`${folder}alerts.test.yml`, 'utf8');
  const alerts = [...cases.matchAll(/alertname: (\w+)\s+exp_alerts:\n/g)].map(([, name]) => name);
  for (const [, name] of rules) expect(alerts).toContain(name);
});

describe('promtool', needing('promtool'), () => {
  test('takes the rules, and they alert when they should', async () => {
    await expectGood(['check', 'rules', 'alerts.yml']);
    await expectGood(['test', 'rules', 'alerts.test.yml']);
    await expectGood(['check', 'config', '--syntax-only', 'prometheus.yml']);
  });

  test('has nothing to say against the metrics', async () => {
    const { look } = await openDashboard(redis.client);
    const { body } = await look('/metrics');
    await expectGood(['check', 'metrics'], body);
  });
});
