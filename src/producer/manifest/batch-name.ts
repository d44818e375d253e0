import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { BATCH_NAME, LIMITS } from '../../shared/image/image-fields.ts';

/** What a batch is called, and what ims-ferry called it before names of files kept apart. */
export interface NamedBatch {
  readonly name: string;
  readonly formerName?: string;
}

const HASH_LENGTH = 8;

/**
 * The name in the file, else the file's own. Where a batch cannot be called so, what is left of it gets
 * a hash of all of it: `生产.yaml` and `测试.yaml` are two batches.
 */
export function batchName(name: unknown, file: string): NamedBatch {
  if (typeof name === 'string' && name !== '') return { name };
  // A Mac writes `é` as two characters, and it is the same name.
  const own = basename(file, extname(file)).normalize('NFC');
  if (BATCH_NAME.test(own)) return { name: own, ...formerly(file, own) };
  const hash = createHash('sha256').update(own).digest('hex').slice(0, HASH_LENGTH);
  const left = readable(own).slice(0, LIMITS.batchName - HASH_LENGTH - 1) || 'manifest';
  return { name: `${left}-${hash}`, ...formerly(file) };
}

function formerly(file: string, name?: string): { readonly formerName?: string } {
  const former = readable(basename(file, extname(file))).slice(0, LIMITS.batchName) || 'manifest';
  return former === name ? {} : { formerName: former };
}

function readable(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
}
