import { UsageError } from '../../shared/errors/errors.ts';
import { writeAnywhere } from '../../shared/files/write-file.ts';
import { systemRandom } from '../../shared/runtime/random.ts';

/**
 * Writes a report as a whole: whoever reads the file sees the old one or the new one, never a part.
 * Pipes and devices are written through.
 * @throws UsageError when the folder does not take it
 */
export async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeAnywhere(file, [text], { random: systemRandom });
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new UsageError(`The report cannot be written to ${file} (${code}).`);
  }
}
