import { targetName } from '../../shared/config/notify-config.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { checkRetention } from './check-retention.ts';
import { explainValue } from './explain.ts';
import { explainBatchName } from './explain-text.ts';
import { MANIFEST_FIELDS, manifestSchema } from './image-schema.ts';
import type { Findings } from './issue.ts';
import { explainUnknownField } from './unknown-field.ts';

const NOT_A_CLOUD =
  'is not a cloud; name an entry of clouds.yaml (1 to 64 letters, digits, . _ and -), never an address';

const NOT_A_TARGET =
  'is not a name (letters, digits, _ and -); addresses are in the settings of the workers: IMS_FERRY_NOTIFY_URL_OPS is named here as notify: ops';

/** Checks the fields at the top, except `defaults` and `images`; gives those that the manifest keeps. */
export function checkTopFields(
  root: ReadonlyMap<string, unknown>,
  findings: Findings,
): Pick<Manifest, 'cloud' | 'notify' | 'retention'> {
  for (const key of root.keys()) {
    if (MANIFEST_FIELDS.includes(key) || key.startsWith('x-')) continue;
    findings.error([key], explainUnknownField(key, MANIFEST_FIELDS), 'key');
  }
  const wrong = root.has('name') ? explainBatchName(root.get('name')) : undefined;
  if (wrong !== undefined) findings.error(['name'], wrong);
  // The value is never repeated: it may be an address with a login.
  if (!manifestSchema.shape.cloud.safeParse(root.get('cloud')).success) {
    findings.error(['cloud'], NOT_A_CLOUD);
  }
  if (!manifestSchema.shape.notify.safeParse(root.get('notify')).success) {
    findings.error(['notify'], NOT_A_TARGET);
  }
  const count = root.get('count');
  if (!manifestSchema.shape.count.safeParse(count).success) {
    findings.error(['count'], explainValue(['count'], count));
  }
  const [cloud, notify] = [root.get('cloud'), root.get('notify')];
  return omitUndefined({
    retention: checkRetention(root.get('retention'), findings),
    cloud: typeof cloud === 'string' ? cloud : undefined,
    notify: typeof notify === 'string' ? targetName(notify) : undefined,
  });
}
