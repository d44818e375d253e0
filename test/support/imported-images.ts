import type { Redis } from 'ioredis';
import type { Simulator } from '../../simulator/start-simulator.ts';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { openStores, type Stores } from '../../src/shared/ledger/stores.ts';
import { type ImportEvent, stateVersion } from '../../src/shared/state/import-state.ts';
import { imageRequest } from './images.ts';

type Found = Omit<Extract<ImportEvent, { type: 'found' }>, 'of'>;
type Failed = Omit<Extract<ImportEvent, { type: 'failed' }>, 'of'>;

const NOW = { now: 1000, due: 9_000_000_000_000 };

/** An image of the simulated cloud, and its import. */
export interface ImportedImage {
  readonly id: string;
  readonly key: string;
  readonly name: string;
}

export interface ImportedWorld extends Stores {
  /** Registers an import without an image. */
  register(name: string, batch?: string): Promise<string>;
  /** An import that has succeeded, with its image in the cloud. `week`: when it was created. */
  imported(name: string, week: number, fields?: object): Promise<ImportedImage>;
  /** A copy of one that has succeeded as well. */
  copied(source: ImportedImage, week: number): Promise<ImportedImage>;
  /** An import that has failed, and has left an image. */
  failed(name: string): Promise<ImportedImage>;
}

const WEEK_MS = 7 * 86_400_000;
const BEGIN_MS = Date.UTC(2026, 0, 4);

export function weekAt(week: number): string {
  return new Date(BEGIN_MS + week * WEEK_MS).toISOString();
}

/** Puts an image with this marker into the cloud; returns its id. */
export async function putImage(
  simulator: Simulator,
  fields: Readonly<Record<string, unknown>>,
): Promise<string> {
  const response = await fetch(`${simulator.url}/_control/images`, {
    method: 'POST',
    body: JSON.stringify(fields),
  });
  return ((await response.json()) as { id: string }).id;
}

/** A ledger whose imports are done, without a worker that would need a moment for each. */
export function importedWorld(simulator: Simulator, redis: Redis): ImportedWorld {
  const stores = openStores(redis, ledgerKeys('default'));
  const { ledger, batches } = stores;
  const registerAs = async (request: ImageRequest, batch = request.name): Promise<string> => {
    await batches.register(batch, [{ request, line: 1 }], NOW);
    return importKey(request);
  };
  const register = (name: string, batch = name) => registerAs(imageRequest(name), batch);
  const change = async (key: string, event: Found | Failed): Promise<void> => {
    const entry = await ledger.read(key);
    if (!entry) throw new Error('not registered');
    await ledger.change(key, { ...event, of: stateVersion(entry) }, NOW);
  };
  const done = async (
    { key, name }: Omit<ImportedImage, 'id'>,
    { week, ...fields }: { readonly week: number; readonly [field: string]: unknown },
  ): Promise<ImportedImage> => {
    const id = await putImage(simulator, { name, created_at: weekAt(week), ...fields });
    await change(key, { type: 'found', image: { id, status: 'active' }, at: 1000 });
    return { id, key, name };
  };
  return {
    ...stores,
    register,
    imported: async (name, week, fields = {}) => {
      const key = await register(name);
      const image_url = imageRequest(name).image_url;
      return done({ key, name }, { tags: [`imsferry=${key}`], week, image_url, ...fields });
    },
    copied: async (source, week) => {
      const { image_url, min_disk } = imageRequest(source.name);
      const name = `${source.name}-copy`;
      const key = await registerAs({
        ...{ kind: 'copy', quick_import: false, of: 'system', copy: 1, cmk_id: 'c' },
        ...{ source: source.key, name, image_url, min_disk },
      });
      return done({ key, name }, { tags: [`imsferry-copy=${key}`], week });
    },
    failed: async (name) => {
      const key = await register(name);
      const tags = [`imsferry=${key}`];
      const id = await putImage(simulator, { name, tags, status: 'killed' });
      await change(key, { type: 'found', image: { id, status: 'saving' }, at: 1000 });
      const reason = { code: 'IMG.0072', message: 'it failed' };
      await change(key, { type: 'failed', reason, imageId: id });
      return { id, key, name };
    },
  };
}

/** The text of a manifest with this retention, and one image. */
export function retentionManifest(...rules: readonly (readonly [string, number])[]): string {
  const lines = rules.map(([family, keep]) => `  - { family: "${family}", keep_last: ${keep} }`);
  return `name: weekly
retention:
${lines.join('\n')}
images:
  - { name: debian-12-99, image_url: "bucket:images/debian-12-99.qcow2", min_disk: 40 }
`;
}
