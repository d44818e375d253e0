import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { codeOf } from '../../errors/error-code.ts';
import { ConfigError } from '../../errors/errors.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { Env } from '../env-reader.ts';
import { unlessEmpty, withoutBlanks } from '../values.ts';
import { at } from './cloud-reader.ts';

/** A configuration file of OpenStack. */
export interface CloudsFile {
  readonly path: string;
  /** Mappings, lists and strings: scalars keep their text. */
  readonly values: unknown;
}

/** clouds.yaml and the files beside it, where they exist. */
export interface CloudsFiles {
  readonly clouds?: CloudsFile;
  readonly secure?: CloudsFile;
  readonly profiles?: CloudsFile;
  /** Every path that was tried for clouds.yaml. */
  readonly searched: readonly string[];
}

const ENDINGS = ['yaml', 'yml', 'json'] as const;
const MAX_LENGTH = 1_000_000;

/**
 * Reads them from where openstacksdk does: `.`, `~/.config/openstack`, `/etc/openstack`; the first of
 * each wins. OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE and OS_CLIENT_VENDOR_FILE name one directly.
 * @throws ConfigError for a file that cannot be read or parsed; it quotes nothing of the content
 */
export async function findCloudsFiles(env: Env): Promise<CloudsFiles> {
  const clouds = await findFile(env, 'clouds', 'OS_CLIENT_CONFIG_FILE');
  const secure = await findFile(env, 'secure', 'OS_CLIENT_SECURE_FILE');
  const profiles = await findFile(env, 'clouds-public', 'OS_CLIENT_VENDOR_FILE');
  const files = { clouds: clouds.file, secure: secure.file, profiles: profiles.file };
  return omitUndefined({ searched: clouds.searched, ...files });
}

async function findFile(env: Env, name: string, variable: string) {
  const named = unlessEmpty(withoutBlanks(env[variable] ?? ''));
  const searched = named === undefined ? placesOf(env, name) : [named];
  for (const path of searched) {
    const text = await readText(path);
    if (text !== undefined) return { searched, file: { path, values: valuesOf(path, text) } };
  }
  if (named === undefined) return { searched, file: undefined };
  throw new ConfigError([`${named} does not exist`], `${variable} names it.`);
}

function placesOf(env: Env, name: string): readonly string[] {
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] && join(env['HOME'], '.config'));
  const folders = ['.', ...(home ? [join(home, 'openstack')] : []), '/etc/openstack'];
  return folders.flatMap((folder) => ENDINGS.map((ending) => join(folder, `${name}.${ending}`)));
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length <= MAX_LENGTH) return text;
    throw new ConfigError([`${path} is too large to be a clouds.yaml`]);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = codeOf(error) ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ConfigError([`${path} cannot be read (${code})`]);
  }
}

/** An empty file is one without clouds; anything but a mapping is another kind of file. */
function valuesOf(path: string, text: string): unknown {
  const values = parse(path, text);
  const clouds = at(values, ['clouds']);
  const isFit = [values, clouds].every((one) => mapping(one) || one === undefined || isEmpty(one));
  if (isFit) return values;
  const expected = 'expected "clouds:" and an entry with a name for each cloud below it';
  throw new ConfigError([`${path} holds no clouds: ${expected}`]);
}

/** Written without a value. */
export function isEmpty(value: unknown): boolean {
  return value === null || value === '';
}

/** Scalars keep their text: a project id of digits or a password such as `0123` is not a number. */
function parse(path: string, text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    // openstacksdk reads YAML 1.1: `<<` merges shared values into an entry.
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    // The parser's own message may quote a password.
    const code = error.code.toLowerCase().replaceAll('_', ' ');
    throw new ConfigError([`${path}:${line}:${col}: not valid YAML (${code})`]);
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    // An unquoted password that begins with * looks like an alias.
    const why = 'has an undefined alias, or too many of them; quote values that begin with *';
    throw new ConfigError([`${path} ${why}`]);
  }
}

/** `undefined` for anything but a mapping. */
export function mapping(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? (value as Readonly<Record<string, unknown>>) : undefined;
}
