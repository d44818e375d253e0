import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-list.ts';
import { runFerry } from '../support/ferry.ts';
import { manifestImages } from '../support/images.ts';
import { AT, openLedgerParts } from '../support/ledger-parts.ts';
import { needing, runProgram } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const SHOWN = Object.entries(COMMANDS).flatMap(([usage, { isHidden }]) =>
  isHidden ? [] : (usage.split(' ')[0] ?? []),
);

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'ferry-terminal-')), name);
  await writeFile(path, text);
  return path;
}

async function scriptOf(shell: string): Promise<string> {
  const { stdout, code } = await runFerry(['completion', shell], {});
  expect(code).toBe(0);
  return fileOf(`ims-ferry.${shell}`, stdout);
}

/** What may follow, as each shell says it. A batch is called `$(spring)`: nothing of it is run. */
const BATCH = '$(spring)';

describe('completion in bash', needing('bash'), () => {
  async function complete(...words: string[]): Promise<readonly string[]> {
    const code = `source "$1"; shift
      ims-ferry() { [[ "$1" == batch-names ]] && echo '${BATCH}'; }
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ims_ferry; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const script = await scriptOf('bash');
    const run = await runProgram('bash', ['-c', code, 'bash', script, 'ims-ferry', ...words]);
    expect(run.stderr).toBe('');
    return run.stdout.trim().split('\n');
  }

  test('has every command, the options of each, their values and batches', async () => {
    expect(await complete('')).toEqual(expect.arrayContaining(SHOWN));
    expect(await complete('status', '--f')).toEqual(['--failed']);
    expect(await complete('--cloud', 'x', 'report', '--format', 'j')).toEqual(['json', 'junit']);
    expect(await complete('status', '$')).toEqual(['\\$\\(spring\\)']);
    expect(await complete('show', 'spring', '')).toEqual(['']);
  });
});

describe('completion in zsh', needing('zsh'), () => {
  test('has every command, the options of each, their values and batches', async () => {
    const script = await scriptOf('zsh');
    // compadd is what shows candidates; here it prints them.
    const code = `compdef() { :; }; source "$1"
      ims-ferry() { [[ $1 == batch-names ]] && print -r -- '${BATCH}'; }
      _describe() { print -rl -- "\${(@P)2}"; }
      compadd() { print -rl -- "\${(@P)2}"; }
      _arguments() { print -rl -- "$@"; state=$wanted; line=(status); }
      wanted=command; _ims_ferry
      wanted=argument; _ims_ferry
      _ims_ferry_batches`;
    const { stdout, stderr } = await runProgram('zsh', ['-f', '-c', code, 'zsh', script]);
    expect(stderr).toBe('');
    for (const name of SHOWN) expect(stdout).toContain(`\n${name}:`);
    expect(stdout).toContain('--failed[of one batch');
    expect(stdout).toContain('1::batch:_ims_ferry_batches');
    expect(stdout.trimEnd().endsWith(`\n${BATCH}`)).toBe(true);
  });
});

describe('completion in fish', needing('fish'), () => {
  async function complete(line: string): Promise<readonly string[]> {
    const code = `source $argv[1]
      function ims-ferry; test "$argv[1]" = batch-names; and echo '${BATCH}'; end
      complete -C $argv[2]`;
    const script = await scriptOf('fish');
    const { stdout } = await runProgram('fish', ['--no-config', '-c', code, script, line]);
    return stdout
      .trim()
      .split('\n')
      .map((text) => text.split('\t')[0] ?? '');
  }

  test('has every command, the options of each, their values and batches', async () => {
    expect(await complete('ims-ferry ')).toEqual(expect.arrayContaining(SHOWN));
    expect(await complete('ims-ferry status --fai')).toEqual(['--failed']);
    expect(await complete('ims-ferry report --format j')).toEqual(['json', 'junit']);
    expect(await complete('ims-ferry status ')).toContain(BATCH);
  });
});

const server = useRedis({ emptied: true });

test('the names of batches come from the ledger, and quietly from none', async () => {
  const env = { REDIS_URL: server.url, IMS_FERRY_NAMESPACE: 'test' };
  await openLedgerParts(server.client).batches.register('spring', manifestImages(1), AT);
  expect(await runFerry(['batch-names'], env)).toMatchObject({ code: 0, stdout: 'spring\n' });
  const away = await runFerry(['batch-names'], { REDIS_URL: 'unix:///nowhere/redis.sock' });
  expect(away.stdout).toBe('');
  expect((await runFerry(['--help'], {})).stdout).not.toContain('batch-names');
});

/** Those that print a document of its own, or run until they are stopped (`--log-format`). */
const WITHOUT_JSON = [
  ...['init', 'schema', 'watch', 'up', 'work', 'dashboard', 'simulator', 'demo', 'completion'],
];

test('every command with a result prints it as JSON, too', async () => {
  const without: string[] = [];
  for (const name of SHOWN) {
    const { stdout } = await runFerry([name, '--help'], {});
    if (!stdout.includes('--json')) without.push(name);
  }
  expect(new Set(without)).toEqual(new Set(WITHOUT_JSON));
});

describe('the man page', () => {
  test('has every command with its options', async () => {
    const { stdout: page } = await runFerry(['man-page'], {});
    for (const name of SHOWN) expect(page).toContain(`\n.SS ${name.replaceAll('-', '\\-')}`);
    expect(page).toContain('\\-\\-log\\-format FORMAT');
    expect(page).toContain('.B IMS_FERRY_MAX_IN_FLIGHT');
  });

  test('is where npm finds it: it links only those of a list', async () => {
    const { man } = JSON.parse(await readFile('package.json', 'utf8')) as { man: unknown };
    expect(man).toEqual(['./dist/man/ims-ferry.1']);
  });

  test('is rendered without a warning', needing('man'), async () => {
    const path = await fileOf('ims-ferry.1', (await runFerry(['man-page'], {})).stdout);
    const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80' };
    const run = await runProgram('man', ['--warnings', '-E', 'UTF-8', '-l', path], { env });
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('ims-ferry [OPTIONS] COMMAND [ARGUMENTS]');
    const { stdout: broken, stderr } = await runProgram(
      'man',
      ['--warnings', '-E', 'UTF-8', '-l', await fileOf('bad.1', '.TH A 1\n.NOSUCH x\n')],
      { env },
    );
    expect(`${broken}${stderr}`).toContain('NOSUCH');
  });
});
