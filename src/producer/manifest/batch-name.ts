import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { BATCH_NAME, LIMITS } from '../../shared/image/image-fields.ts';
import type { Manifest } from '../../shared/image/image-request.ts';

/** What messages call a manifest that was not read from a file. */
export const STANDARD_INPUT = '<stdin>';

const HASH_LENGTH = 8;

/**
 * The name in the file, else the name of the file. If that is not a valid batch name, a hash keeps
 * what is left of it apart: `生产.yaml` and `测试.yaml` are two batches. `formerName` is what earlier
 * versions called the batch, which did not keep them apart.
 */
export function batchName(name: unknown, file: string): Pick<Manifest, 'name' | 'formerName'> {
  if (typeof name === 'string' && name !== '') return { name };
  const base = basename(file, extname(file));
  const former = readable(base).slice(0, LIMITS.batchName) || 'manifest';
  // A Mac writes `é` as two characters: it is the same name.
  const own = base.normalize('NFC');
  if (BATCH_NAME.test(own)) {
    return { name: own, ...(former === own ? {} : { formerName: former }) };
  }
  const hash = createHash('sha256').update(own).digest('hex').slice(0, HASH_LENGTH);
  const left = readable(own).slice(0, LIMITS.batchName - HASH_LENGTH - 1) || 'manifest';
  return { name: `${left}-${hash}`, formerName: former };
}

function readable(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
}
