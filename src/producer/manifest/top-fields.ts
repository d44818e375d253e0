import { explainUnknownField } from './explain-field.ts';
import { explainBatchName } from './explain-text.ts';
import { explainValue } from './explain-value.ts';
import type { Findings } from './findings.ts';
import { MANIFEST_FIELDS, manifestSchema } from './image-schema.ts';

const NO_CLOUD =
  'is no name of a cloud; allowed is an entry of clouds.yaml: 1 to 64 letters, digits, . _ and -, and never an address';

/** Checks the fields at the top, save `defaults` and `images`. */
export function checkTop(root: ReadonlyMap<string, unknown>, findings: Findings): void {
  for (const key of root.keys()) {
    if (MANIFEST_FIELDS.includes(key)) continue;
    findings.error([key], explainUnknownField(key, MANIFEST_FIELDS), 'key');
  }
  const wrong = root.has('name') ? explainBatchName(root.get('name')) : undefined;
  if (wrong !== undefined) findings.error(['name'], wrong);
  const cloud = root.get('cloud');
  // Never repeated: somebody may have put an address with a login there.
  if (!manifestSchema.shape.cloud.safeParse(cloud).success) {
    findings.error(['cloud'], NO_CLOUD);
  }
  const count = root.get('count');
  if (!manifestSchema.shape.count.safeParse(count).success) {
    findings.error(['count'], explainValue(['count'], count));
  }
}

/** `count` guards against a file that was cut off at the end of a line. */
export function checkCount(count: unknown, images: number, findings: Findings): void {
  if (!Number.isInteger(count) || count === images) return;
  const there = images === 1 ? '1 image is' : `${images} images are`;
  findings.error(['count'], `is ${count}, but ${there} there: the file may be cut off`);
}
