import { writeFile } from 'node:fs/promises';
import type { Logger } from '../shared/log/logger.ts';
import type { Clock } from '../shared/runtime/clock.ts';

const HEARTBEAT_MS = 5000;

/** Touches a file every few seconds, for health checks; does nothing without one. */
export async function keepBeating(
  file: string | undefined,
  { clock, log, stop }: { readonly clock: Clock; readonly log: Logger; readonly stop: AbortSignal },
): Promise<void> {
  let failed = false;
  while (file !== undefined && !stop.aborted) {
    const error: unknown = await writeFile(file, '').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error !== undefined && !failed)
      log.warn({ err: error, file }, 'heartbeat file not written');
    failed = error !== undefined;
    await clock.sleep(HEARTBEAT_MS, stop);
  }
}
