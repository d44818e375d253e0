import type { Simulator } from '../../simulator/start-simulator.ts';
import type { CopyImage, ManifestImage } from '../../src/shared/image/image-request.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import type { Stores } from '../../src/shared/ledger/stores.ts';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { KEY_ID } from '../support/copies.ts';
import { imageRequest } from '../support/images.ts';

/** An image that is imported already: what is struck are its copies. */
const GOLD = { ...imageRequest('gold'), kind: 'system' } as const;
const GOLD_ID = 'aaaaaaaa-0000-4000-a000-000000000001';

/** The image, an encrypted copy, and another one or one in the other region. */
export function goldAndCopies(where: 'here' | 'away'): readonly ManifestImage[] {
  const { name, image_url, min_disk } = GOLD;
  const source = importKey(GOLD);
  const shared = { kind: 'copy', quick_import: false, image_url, min_disk, copy: 1 } as const;
  const copy = { ...shared, source, of: 'system' } as const;
  const first: CopyImage = { ...copy, name: `${name}-one`, cmk_id: KEY_ID };
  const away = { cloud: 'away', agency: 'ims-copy-agency' };
  const second: CopyImage = {
    ...{ ...copy, name: `${name}-two` },
    ...(where === 'away' ? { to: away } : { cmk_id: KEY_ID }),
  };
  return [GOLD, first, second].map((request, index) => ({ request, line: index + 1 }));
}

/** As if it had been imported before. */
export async function importGold(
  { ledger, batches }: Pick<Stores, 'ledger' | 'batches'>,
  { state: { cloud, options } }: Simulator,
): Promise<void> {
  const key = importKey(GOLD);
  cloud.images.put({
    id: GOLD_ID,
    owner: options.projectId,
    name: GOLD.name,
    tags: [{ key: 'imsferry', value: key }],
    createdAt: Date.now() - 60_000,
    fields: { __data_origin: `file,${GOLD.image_url}` },
  });
  const now = Date.now();
  await batches.register('b', [{ request: GOLD, line: 1 }], { now, due: now });
  const entry = await ledger.read(key);
  if (!entry) throw new Error('not registered');
  const image = { id: GOLD_ID, status: 'active' };
  const event = { type: 'found', of: stateVersion(entry), image, at: now } as const;
  await ledger.change(key, event, { now, due: now });
}
