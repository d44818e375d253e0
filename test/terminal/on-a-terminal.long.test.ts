import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText } from '../support/drop-folder.ts';
import { lastingFolder } from '../support/lasting-folder.ts';
import { needing, startProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const ALTERNATE = '\u001b[?1049h';
const NORMAL = '\u001b[?1049l';

/** Starts a command on a terminal of this size, as a person does. */
function onTerminal(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { columns = '80', ...more } = env;
  const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ');
  const command = `stty rows 30 cols ${columns}; exec ${words}`;
  const child = startProgram('script', ['-qfec', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], TERM: 'xterm', ...more },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { text: () => text, type: (keys: string) => child.stdin?.write(keys), exited };
}

describe('up on a terminal', needing('script', 'redis-server'), () => {
  test('shows its view, ends it on Ctrl-C, and says what continues in IMS', async () => {
    const simulator = await cloud({ duration: 3_600_000 });
    const { REDIS_URL: _, ...env } = accountEnv(simulator, '');
    const folder = await dropFolder();
    await writeFile(join(folder, 'spring.yaml'), manifestText(['a', 'b', 'c']));
    const data = await lastingFolder();
    const args = ['up', folder, '--port', '0', '--data', data, '--settle', '0.3'];
    const up = onTerminal(args, { ...env, IMS_FERRY_MAX_IN_FLIGHT: '2' });
    await until(() => /2 of 2 in flight/.test(up.text()) && /accepted, IMS/.test(up.text()));
    expect(up.text()).toContain(ALTERNATE);
    expect(up.text()).toContain('Dashboard: \u001b[36mhttp://127.0.0.1:');
    up.type('\u0003');
    expect(await up.exited).toBe(0);
    const [, after = ''] = up.text().split(NORMAL);
    expect(after).toContain('Stopped. IMS continues to create 2 images; 1 image waits.');
    expect(after).toContain(`To continue: ims-ferry up ${folder}`);
  });

  test('writes lines for people, or JSON, where that is requested', async () => {
    const simulator = await cloud({ duration: 100 });
    const { REDIS_URL: _, ...env } = accountEnv(simulator, '');
    const folder = await dropFolder();
    const data = await lastingFolder();
    const args = ['up', folder, '--port', '0', '--data', data, '--log-format'];
    const plain = onTerminal([...args, 'text'], env);
    await until(() => plain.text().includes('worker started for project'));
    plain.type('\u0003');
    expect(await plain.exited).toBe(0);
    expect(plain.text()).not.toContain(ALTERNATE);
    const json = onTerminal([...args, 'json'], env);
    await until(() => json.text().includes('"worker started"'));
    json.type('\u0003');
    expect(await json.exited).toBe(0);
    const lines = json
      .text()
      .split('\r\n')
      .filter((line) => line !== '' && line !== '^C');
    for (const line of lines) expect(() => JSON.parse(line.replace(/^\^C/, ''))).not.toThrow();
    expect(json.text()).toContain('Dashboard: http://');
  });
});
