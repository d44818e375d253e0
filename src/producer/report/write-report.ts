import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { UsageError } from '../../shared/errors/errors.ts';

/**
 * Writes a file as a whole: whoever reads it sees the old one or the new one, never a part.
 * @throws UsageError when the folder does not take it
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  // In the same folder: renaming is one step within a file system only.
  const part = `${file}.${randomUUID()}.part`;
  try {
    const handle = await open(part, 'wx', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new UsageError(`The report cannot be written to ${file} (${code}).`);
  }
}
