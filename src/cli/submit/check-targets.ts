import { UsageError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { servedNames } from '../../shared/notify/target-notes.ts';
import type { Env, OpenLedger } from '../open/open-ledger.ts';

/**
 * Checks the names of `notify:`. Known are those of this machine's settings and those that workers serve.
 * Where none is known, only a worker can find out: that is a warning.
 * @throws UsageError for a name that is not one of those
 */
export async function checkTargets(
  { project }: Pick<OpenLedger, 'project'>,
  manifests: readonly Manifest[],
  { config, io }: Env,
): Promise<void> {
  const naming = manifests.filter(({ notify }) => notify !== undefined);
  if (naming.length === 0) return;
  const own = config.notify.targets.map(({ name }) => name);
  const known = new Set([...own, ...servedNames(await project.outbox.targets())]);
  for (const { file, notify = '' } of naming) {
    if (known.has(notify)) continue;
    const setting = `IMS_FERRY_NOTIFY_URL_${notify.toUpperCase()}`;
    if (known.size > 0) {
      throw new UsageError(
        `${file}: notify: ${notify} is not known. There is: ${[...known].join(', ')}.`,
        `Name one of them, or set ${setting} for the workers and restart them.`,
      );
    }
    io.err(`Warning: ${file}: notify: ${notify} reaches nobody until a worker has ${setting}`);
  }
}
