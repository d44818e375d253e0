import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importKey } from '../../../src/shared/image/import-key.ts';
import type { Random } from '../../../src/shared/runtime/random.ts';
import { chance, pick } from './chance.ts';

/** What a person ordered: by its marker, the name of the image and the batches that want it. */
export interface Ordered {
  readonly name: string;
  readonly batches: ReadonlySet<string>;
}

const FIRST_SIZE = 7;
const LARGEST_SIZE = 10;
/** Images that two of the batches have in common. */
const SHARED = 2;

/** The manifests of three batches, which people edit again and again. */
export class Orders {
  readonly batches: readonly string[];
  /** By marker; grows with the manifests. */
  readonly ordered = new Map<string, { name: string; batches: Set<string> }>();
  readonly #folder: string;
  readonly #random: Random;
  readonly #sizes = new Map<string, number>();

  constructor(folder: string, prefix: string, random: Random) {
    this.#folder = folder;
    this.#random = random;
    this.batches = ['a', 'b', 'c'].map((letter) => `${prefix}-${letter}`);
  }

  /** A manifest of the batch as somebody left it: images are dropped, added and changed. */
  async edited(batch: string): Promise<string> {
    const size = this.#sizes.get(batch) ?? FIRST_SIZE;
    if (size < LARGEST_SIZE && chance(this.#random, 0.3)) this.#sizes.set(batch, size + 1);
    const kept = this.#names(batch).filter(() => chance(this.#random, 0.85));
    return this.#write(batch, kept.length > 0 ? kept : this.#names(batch));
  }

  /** The manifest with every image that it ever had. */
  complete(batch: string): Promise<string> {
    return this.#write(batch, this.#names(batch));
  }

  #names(batch: string): readonly string[] {
    const size = this.#sizes.get(batch) ?? FIRST_SIZE;
    const prefix = batch.slice(0, -2);
    return Array.from({ length: size }, (_, index) =>
      index < SHARED && !batch.endsWith('a')
        ? `${prefix}-shared-${index + 1}`
        : `${batch}-${String(index + 1).padStart(2, '0')}`,
    );
  }

  async #write(batch: string, names: readonly string[]): Promise<string> {
    const lines = names.map((name) => {
      const image_url = `bucket:ok/${name}.qcow2`;
      const key = importKey({ kind: 'system', name, image_url, copy: 1 });
      const known = this.ordered.get(key) ?? { name, batches: new Set<string>() };
      known.batches.add(batch);
      this.ordered.set(key, known);
      const min_disk = pick(this.#random, [40, 40, 40, 50]);
      return `  - { name: ${name}, image_url: "${image_url}", min_disk: ${min_disk} }`;
    });
    const file = join(this.#folder, `${batch}-${this.#random.id(6)}.yaml`);
    await writeFile(file, [`name: ${batch}`, 'images:', ...lines, ''].join('\n'));
    return file;
  }
}
