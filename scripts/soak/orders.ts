import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importKey } from '../../src/shared/image/import-key.ts';

/** What is to be imported; written down before anything runs, for the judge. */
export interface Orders {
  readonly files: readonly string[];
  readonly batches: readonly string[];
  /** The import key of each image, by its name. */
  readonly keys: ReadonlyMap<string, string>;
}

const BATCH_SIZE = 2000;

/** The image at this place of all, and its batch. */
export function orderAt(at: number) {
  const batch = `soak-${Math.floor(at / BATCH_SIZE) + 1}`;
  const name = `image-${String(at + 1).padStart(6, '0')}`;
  return { batch, name, image_url: `soak:${batch}/${name}.qcow2` };
}

/** Writes manifests of at most 2,000 images each. */
export async function writeOrders(folder: string, images: number): Promise<Orders> {
  const files: string[] = [];
  const batches: string[] = [];
  const keys = new Map<string, string>();
  for (let first = 0; first < images; first += BATCH_SIZE) {
    const batch = `soak-${batches.length + 1}`;
    const lines = [`name: ${batch}`, 'defaults: { min_disk: 40 }', 'images:'];
    for (let at = first; at < Math.min(images, first + BATCH_SIZE); at += 1) {
      const { name, image_url } = orderAt(at);
      lines.push(`  - { name: ${name}, image_url: "${image_url}" }`);
      keys.set(name, importKey({ kind: 'system', name, image_url, copy: 1 }));
    }
    const file = join(folder, `${batch}.yaml`);
    await writeFile(file, `${lines.join('\n')}\n`);
    files.push(file);
    batches.push(batch);
  }
  return { files, batches, keys };
}
