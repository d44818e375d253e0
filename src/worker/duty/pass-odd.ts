import type { OddImage } from '../../shared/cloud/ims/ims-answers.ts';
import { describeOdds } from '../../shared/cloud/ims/read-images.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import { unsureIds } from '../../shared/look-up/judge-unmarked.ts';
import { marksIn, unsureOf } from '../../shared/look-up/odd-images.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import { unsureReason } from '../follow/hold-reason.ts';
import { record } from '../record.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/**
 * What a list of the whole project holds and cannot be read: it is said once, and an import that our marker
 * in it names is held instead of created. False where it carries our marker, and nobody can tell for which
 * import: no create before that can be read.
 */
export async function passOdd(
  deps: WorkerDeps,
  odd: readonly OddImage[],
  projectId: string,
): Promise<boolean> {
  const { keys, nobodys } = marksIn(odd, projectId);
  const blocks = nobodys.length > 0;
  const text = blocks ? blockingText(nobodys) : describeOdds(odd);
  const note = blocks ? { text, blocks: 'ODD_IMAGE' } : { text };
  const isNews = await deps.project.odd.note(odd.length === 0 ? undefined : note);
  if (isNews) deps.log[blocks ? 'error' : 'warn']({ odd: odd.length, text }, ODD);
  for (const entry of await deps.ledger.readMany([...keys.keys()])) {
    const { status } = entry.state;
    const one = keys.get(entry.key);
    if (one && (status === 'pending' || status === 'failed')) await holdFor(deps, entry, one);
  }
  if (blocks) await deps.clock.sleep(1000 + 4000 * deps.random.next(), deps.stopping);
  return !blocks;
}

const ODD = 'the image list of IMS holds what cannot be read';

function blockingText(odd: readonly OddImage[]): string {
  return `No create: an image carries our marker, and cannot be read to tell for which import. ${describeOdds(odd)}`;
}

async function holdFor(
  deps: WorkerDeps,
  entry: Parameters<typeof stateVersion>[0] & { readonly key: ImportKey },
  one: OddImage,
): Promise<void> {
  const unsure = [unsureOf(one)];
  const of = stateVersion(entry);
  const why = { reason: unsureReason(unsure), imageIds: unsureIds(unsure), areOurs: false };
  const event = { type: 'disputed', of, ...why, at: deps.clock.now() } as const;
  await record(deps, entry.key, { event });
}
