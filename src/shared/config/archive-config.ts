import { parseDuration } from './duration.ts';
import type { EnvReader } from './env-reader.ts';

/** Where finished batches go, and when. */
export interface ArchiveConfig {
  /** `up` and `watch` archive what has finished so long ago, in milliseconds; absent: nothing. */
  readonly afterMs?: number;
  /** Absent: there is no folder for state either. */
  readonly folder?: string;
}

const LONGEST_MS = 10 * 365 * 86_400_000;

export function archiveOf(read: EnvReader, stateDir: string | undefined): ArchiveConfig {
  const afterMs = afterOf(read);
  const own = read.text('IMS_FERRY_ARCHIVE_DIR');
  const folder = own ?? (stateDir === undefined ? undefined : `${stateDir}/archive`);
  if (afterMs !== undefined && folder === undefined) {
    read.issues.push('IMS_FERRY_ARCHIVE_AFTER needs IMS_FERRY_ARCHIVE_DIR: HOME is not set');
  }
  return {
    ...(afterMs === undefined ? {} : { afterMs }),
    ...(folder === undefined ? {} : { folder }),
  };
}

function afterOf(read: EnvReader): number | undefined {
  const text = read.text('IMS_FERRY_ARCHIVE_AFTER');
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined && ms <= LONGEST_MS) return ms;
  const allowed = 'a duration such as 12h or 30d, at most 3650d';
  read.issues.push(`IMS_FERRY_ARCHIVE_AFTER is ${JSON.stringify(text)}; allowed is ${allowed}`);
  return undefined;
}
