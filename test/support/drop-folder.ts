import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder to drop manifests into; removed with the test. */
export async function dropFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A manifest of these images; its batch is named like its file. */
export function manifestText(names: readonly string[], fields = ''): string {
  const lines = names.map(
    (name) => `  - { name: ${name}, image_url: "bucket:ok/${name}.qcow2", min_disk: 40${fields} }`,
  );
  return ['images:', ...lines, ''].join('\n');
}

/** The part of a receipt that tests read. */
interface ReadReceipt {
  readonly ok: boolean | null;
  readonly state: 'rejected' | 'enqueued' | 'finished';
  readonly batch: string;
  readonly total: number;
  readonly notes: readonly string[];
  readonly left_out: readonly {
    readonly name: string;
    readonly line: number;
    readonly reason: string;
  }[];
  readonly errors: readonly {
    readonly line: number;
    readonly column: number;
    readonly field: string;
    readonly message: string;
  }[];
  readonly images: readonly {
    readonly name: string;
    readonly state: string;
    readonly image_id: string | null;
    readonly error: { readonly code: string } | null;
    readonly also_in?: readonly string[];
    readonly differs?: readonly string[];
  }[];
}

/** The receipt of a file, `undefined` while there is none. Half a receipt would throw. */
export async function receiptOf(folder: string, name: string): Promise<ReadReceipt | undefined> {
  const text = await readFile(join(folder, `${name}.result.json`), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ReadReceipt);
}
