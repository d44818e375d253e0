import { readFile } from 'node:fs/promises';
import { codeOf } from '../../src/shared/errors/error-code.ts';
import { UsageError } from '../../src/shared/errors/errors.ts';
import { writeWhole } from '../../src/shared/files/write-file.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import type { World } from '../server/context.ts';
import { restoreWorld } from '../server/world.ts';
import { FORMAT, type KeptWorld, keptWorld } from './kept-world.ts';

/**
 * Restores a world from its file, and writes it there from now on.
 * @throws UsageError when the file is not one of ours, or cannot be written
 */
export async function openStateFile(world: World, file: string): Promise<void> {
  const kept = await readState(file);
  if (kept !== undefined) restoreWorld(world, kept);
  world.keep = keeper(world, file);
  await world.keep().catch((error: unknown) => {
    const why = codeOf(error) ?? String(error);
    throw new UsageError(
      `The simulator cannot keep its state in ${file} (${why}).`,
      'Name a file in a folder that can be written to.',
    );
  });
}

async function readState(file: string): Promise<KeptWorld | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw unreadable(file, error);
  });
  if (text === undefined) return undefined;
  try {
    return keptWorld.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): UsageError {
  const why = codeOf(error) ?? 'it is not a state file of this version';
  return new UsageError(
    `The simulator cannot read its state from ${file}: ${why}.`,
    'Name a new file to start with an empty cloud.',
  );
}

/** Calls during a write share the next one. */
function keeper(world: World, file: string): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    next = undefined;
    const text = JSON.stringify(keepWorld(world));
    // It contains tokens.
    await writeWhole(file, [text], { random: systemRandom, mode: 0o600 });
  };
  return () => {
    if (next === undefined) {
      next = last.catch(() => undefined).then(write);
      last = next;
    }
    return next;
  };
}

function keepWorld({ starts, stats: counted, cloud, accounts }: World): KeptWorld {
  return {
    format: FORMAT,
    starts,
    stats: counted,
    cloud: cloud.toKeep(),
    tokens: accounts.toKeep(),
  };
}
