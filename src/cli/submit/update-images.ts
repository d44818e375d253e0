import { updatedLines } from '../../operator/update/describe-outcome.ts';
import {
  type CannotChange,
  type FoundUpdates,
  findUpdates,
} from '../../operator/update/find-updates.ts';
import { type Written, writeUpdates } from '../../operator/update/write-updates.ts';
import { drawBar } from '../../producer/progress.ts';
import { loadCloudConfig } from '../../shared/config/cloud/load-cloud.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { silentLogger } from '../../shared/log/logger.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { type Io, progressLine } from '../io.ts';
import type { Env, OpenLedger } from '../open/open-ledger.ts';

/** Where progress and results go; a library has nobody to show them to. */
interface UpdateEnv {
  readonly config: Env['config'];
  readonly io: Pick<Io, 'env' | 'stop' | 'err' | 'draw' | 'terminal' | 'columns'>;
}

/** What became of the images that exist. */
export interface Updated extends Written {
  readonly cannotChange: readonly CannotChange[];
  readonly unchanged: FoundUpdates['unchanged'];
}

/** Every image that has to be changed was changed. */
export function isUpdated({ notUpdated, left }: Updated): boolean {
  return notUpdated.length === 0 && left.length === 0;
}

/**
 * Brings the images of these manifests that exist to what the manifests say now.
 * @throws ConfigError when no login is set, or the login is incomplete
 * @throws LedgerMismatchError when the ledger belongs to another project than the login
 * @throws CloudError when the image list cannot be read
 */
export async function updateImages(
  open: OpenLedger,
  manifests: readonly Manifest[],
  env: UpdateEnv,
): Promise<Updated> {
  const { io } = env;
  return withWriter(open, env, async ({ ims, sessions, writer }) => {
    const found = await findUpdates({ ledger: open.ledger, ims, sessions }, manifests);
    const line = progressLine(io, systemClock, false);
    const onProgress = (done: number, total: number): void => {
      const bar = `${drawBar(done / total, 20)} ${done}/${total} images updated`;
      line.show(bar.slice(0, Math.max(1, io.columns - 1)), `${done}/${total} images updated`);
    };
    const written = await writeUpdates(
      { ledger: open.ledger, ims, writer, clock: open.clock, stop: io.stop, onProgress },
      found.toUpdate,
    ).finally(() => line.end());
    const columns = io.terminal ? io.columns : Number.POSITIVE_INFINITY;
    const { notUpdated, cannotChange, unchanged, unfinished } = found;
    const outcome = { found: notUpdated, written, cannotChange, unchanged, unfinished };
    for (const text of updatedLines(outcome, columns)) io.err(text);
    const all = [...notUpdated, ...written.notUpdated];
    return { ...written, cannotChange, unchanged, notUpdated: all };
  });
}

/** Logs in, so that a login that fails is reported before anything is registered. */
export async function checkLogin(open: OpenLedger, env: UpdateEnv): Promise<void> {
  await withWriter(open, env, () => Promise.resolve());
}

type Change = ReturnType<typeof import('../open/open-cloud.ts').openCloud>;

async function withWriter<T>(
  open: OpenLedger,
  { config, io }: UpdateEnv,
  work: (cloud: Pick<Change, 'ims' | 'sessions' | 'writer'>) => Promise<T>,
): Promise<T> {
  const cloud = await loadCloudConfig({ env: io.env, cloud: config.cloud });
  // Loaded only here: HTTP takes a fifth of a second to load.
  const { openCloud } = await import('../open/open-cloud.ts');
  const { patientWriter } = await import('../../shared/cloud/ims/patient-writer.ts');
  const { inTurn } = await import('../open/in-turn.ts');
  const { ims, sessions, writer, close } = openCloud({ config, cloud }, open, {
    log: silentLogger(),
    through: (http) => inTurn(http, { ...open, stop: io.stop }),
  });
  try {
    await open.project.checkBound((await sessions.get()).projectId);
    const patient = patientWriter({ writer, clock: systemClock, stop: io.stop });
    return await work({ ims, sessions, writer: patient });
  } finally {
    await close();
  }
}

/** The same for one batch, as `submit --json` prints it: a stable format. */
export function updatedJson(updated: Updated, batch: string) {
  const of = <T extends { readonly batch: string }>(all: readonly T[]): readonly T[] =>
    all.filter((one) => one.batch === batch);
  const { ended } = updated;
  return {
    updated: of(updated.updated).map(({ key, name, imageId, updates }) => ({
      ...{ key, name, image_id: imageId, changes: updates.updates },
      other_tags: updates.otherTags,
    })),
    not_updated: of(updated.notUpdated).map(({ key, name, imageId, reason }) => ({
      ...{ key, name, image_id: imageId, code: reason.code, message: reason.message },
      advice: reason.advice ?? null,
    })),
    cannot_change: of(updated.cannotChange).map(({ key, name, imageId, fields }) => ({
      ...{ key, name, image_id: imageId, fields },
    })),
    unchanged: of(updated.unchanged).length,
    not_reached: of(updated.left).length,
    ended: ended ? { code: ended.code, message: ended.message } : null,
  };
}
