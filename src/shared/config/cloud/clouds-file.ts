import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { ConfigError } from '../../errors/errors.ts';
import { unlessEmpty, withoutBlanks } from '../clean-value.ts';
import type { Env } from '../env-reader.ts';

/** A configuration file of OpenStack, as it was found. */
export interface CloudsFile {
  readonly path: string;
  /** Mappings, lists and strings: no scalar has another type. */
  readonly values: unknown;
}

/** What there is of clouds.yaml and the files beside it. */
export interface CloudsFiles {
  readonly clouds?: CloudsFile;
  readonly secure?: CloudsFile;
  readonly profiles?: CloudsFile;
  /** Where clouds.yaml was looked for. */
  readonly looked: readonly string[];
}

const ENDINGS = ['yaml', 'yml', 'json'] as const;
const LARGEST = 1_000_000;

/**
 * Reads them from where openstacksdk does: here, `~/.config/openstack`, `/etc/openstack`; the first of
 * each counts. OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE and OS_CLIENT_VENDOR_FILE name one.
 * @throws ConfigError for a file that cannot be read or understood; nothing of its content is told
 */
export async function findCloudsFiles(env: Env): Promise<CloudsFiles> {
  const looked = placesOf(env, 'clouds', 'OS_CLIENT_CONFIG_FILE');
  const clouds = await firstOf(looked, env['OS_CLIENT_CONFIG_FILE']);
  const secure = await firstOf(
    placesOf(env, 'secure', 'OS_CLIENT_SECURE_FILE'),
    env['OS_CLIENT_SECURE_FILE'],
  );
  const profiles = await firstOf(
    placesOf(env, 'clouds-public', 'OS_CLIENT_VENDOR_FILE'),
    env['OS_CLIENT_VENDOR_FILE'],
  );
  return {
    looked,
    ...(clouds && { clouds }),
    ...(secure && { secure }),
    ...(profiles && { profiles }),
  };
}

function placesOf(env: Env, name: string, variable: string): readonly string[] {
  const named = withoutBlanks(env[variable] ?? '');
  if (named) return [named];
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] && join(env['HOME'], '.config'));
  const folders = ['.', ...(home ? [join(home, 'openstack')] : []), '/etc/openstack'];
  return folders.flatMap((folder) => ENDINGS.map((ending) => join(folder, `${name}.${ending}`)));
}

async function firstOf(
  places: readonly string[],
  named: string | undefined,
): Promise<CloudsFile | undefined> {
  for (const path of places) {
    const text = await readText(path);
    if (text !== undefined) return { path, values: parse(path, text) };
  }
  if (unlessEmpty(named ?? '') === undefined) return undefined;
  throw new ConfigError([`${named} does not exist`], 'It is named by an OS_CLIENT_… variable.');
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length <= LARGEST) return text;
    throw new ConfigError([`${path} is too large to be a clouds.yaml`]);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ConfigError([`${path} cannot be read (${code ?? 'unknown error'})`]);
  }
}

/** Every scalar as it is written: a project id of digits and a password such as `0123` stay whole. */
function parse(path: string, text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    // openstacksdk reads YAML 1.1: entries share what stands under `<<`.
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    // Its message may quote what stands there, and that may be a password.
    throw new ConfigError([
      `${path}:${line}:${col} is no YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`,
    ]);
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    // A password that begins with * looks like one.
    throw new ConfigError([
      `${path} has an alias that leads nowhere, or too many of them; put what begins with * in quotes`,
    ]);
  }
}
