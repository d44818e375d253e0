import { ConfigError } from '../../src/shared/errors/errors.ts';

/** What is wrong with settings; nothing when they load. */
export async function issuesOf(load: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await load();
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}
