import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withFields, withSettings } from '../scripts/write-settings.ts';
import { accountEnv } from './support/account.ts';
import { cloud } from './support/cloud.ts';
import { dropFolder } from './support/drop-folder.ts';
import { runFerry, startFerry } from './support/ferry.ts';
import { needing } from './support/programs.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');
const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md')];
const scripts = Object.keys(JSON.parse(read('package.json')).scripts);

/** The code blocks of a language. */
function blocks(text: string, language: string): readonly string[] {
  const found = text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'));
  return [...found].map(([, block = '']) => block);
}

/** Each `ims-ferry COMMAND …` in the shell blocks of a page, without comments. */
function commandsOf(text: string): readonly string[] {
  const lines = blocks(text, 'sh').flatMap((block) => block.split('\n'));
  return lines.flatMap((line) => {
    const code = line
      .replace(/(?:^|\s)#.*|\s\d?> \S+/g, '')
      .replaceAll('npm run -s ims-ferry --', 'ims-ferry');
    return [...code.matchAll(/\bims-ferry ([a-z][^&|>]*)/g)].map(([, command = '']) =>
      command.trim(),
    );
  });
}

/** The fixed part of a key's name, in a template or in a row of a table: `meta`, `i:`. */
const KEY =
  /\$\{(?:prefix|home)\}([a-z][a-z:-]*)|\[\s*'([a-z][a-z:-]*)[A-Z]*',\s*'(?:hash|z?set|list|stream|string|channel)'/g;

/** Names that GitHub gives to headings. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('the documents', () => {
  test('have a current table of settings', () => {
    expect(withSettings(read('docs/settings.md'))).toBe(read('docs/settings.md'));
  });

  test('name every key of the ledger in Redis, and no other', () => {
    const [file = ''] = globSync('src/shared/ledger/*keys.ts');
    const written = [...read(file).matchAll(KEY)].map(([, one, other]) => one ?? other);
    const [, table = ''] =
      /<!-- keys:begin -->([\s\S]*)<!-- keys:end -->/.exec(read('docs/design.md')) ?? [];
    const listed = [...table.matchAll(/^\| `([a-z:-]+)/gm)].map(([, name]) => name);
    expect(written.length).toBeGreaterThan(20);
    expect(new Set(listed)).toEqual(new Set(written));
  });

  test('have a current table of the names of a login', () => {
    expect(withFields(read('docs/logins.md'))).toBe(read('docs/logins.md'));
  });

  test('name every command in the README, and all options in the reference', async () => {
    const { stdout } = await runFerry(['--help'], {});
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, command]) => command)
      .filter((command) => command !== 'help');
    expect(commands.length).toBeGreaterThan(10);
    const reference = read('docs/commands.md');
    const details = `${reference} ${read('docs/drop-folder.md')} ${read('docs/dashboard.md')} --help`;
    for (const command of commands) {
      expect(readme).toMatch(new RegExp(`\`(?:ims-ferry )?${command}\\b`));
      expect(reference).toContain(`| \`${command}`);
      const help = await runFerry([command ?? '', '--help'], {});
      for (const [option] of help.stdout.matchAll(/(?<=^ +(?:-\w, )?)--[a-z-]+/gm)) {
        expect(details, command).toContain(option);
      }
    }
  });

  test.each(pages)('%s shows only commands and options that exist', async (page) => {
    for (const command of commandsOf(read(page))) {
      const [name = ''] = command.split(' ');
      const { code, stdout } = await runFerry([name, '--help'], {});
      const general = await runFerry(['--help'], {});
      expect(code, command).toBe(0);
      for (const [option] of command.matchAll(/(?<=\s)--[a-z][a-z-]*/g)) {
        expect(stdout + general.stdout, command).toContain(option);
      }
    }
  });

  test.each(pages)('%s links only to what is there', (page) => {
    for (const [, link = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? page : posix.join(posix.dirname(page), file);
      expect(existsSync(target), `${page}: ${link}`).toBe(true);
      if (anchor !== undefined)
        expect(anchorsOf(read(target)), `${page}: ${link}`).toContain(anchor);
    }
  });

  test.each(pages)('%s names only source files that exist', (page) => {
    const named = read(page).matchAll(/`((?:src|simulator|scripts|test)\/[\w./-]+)`/g);
    for (const [, path = ''] of named) expect(existsSync(path), `${page}: ${path}`).toBe(true);
  });

  test.each(pages)('%s shows only npm scripts that exist', (page) => {
    const named = [...read(page).matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)];
    for (const [, script] of named) expect(scripts).toContain(script);
  });
});

describe('the README', () => {
  test('fits on a few screens', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  test('leads to a first import, word by word', needing('redis-server'), async () => {
    const folder = await dropFolder();
    const { REDIS_URL: _, ...account } = accountEnv(await cloud({ duration: 100 }), '');
    const env = { ...account, XDG_STATE_HOME: folder };
    const [manifest = ''] = blocks(readme, 'yaml');
    await mkdir(join(folder, 'inbox'));
    await writeFile(join(folder, 'first.yaml'), manifest);
    const commands = commandsOf(readme.slice(readme.indexOf('## First import')));
    const [up = [], ...others] = commands.map((command) =>
      command
        .split(' ')
        .map((word) => (/^(inbox|first\.yaml)$/.test(word) ? join(folder, word) : word)),
    );
    expect(up[0]).toBe('up');
    expect(others.length).toBeGreaterThanOrEqual(3);
    await startFerry([...up, '--port', '0'], env).says('Dashboard: ');
    for (const command of others) {
      const { code, stderr } = await runFerry(command, env);
      expect(code, `${command.join(' ')}: ${stderr}`).toBe(0);
    }
    expect((await runFerry(['status'], env)).stdout).toContain('2 succeeded');
  });
});
