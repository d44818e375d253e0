import { IMAGE_FIELDS, MANIFEST_FIELDS, RETENTION_FIELDS } from './image-schema.ts';

const RULE = 'retention: [{family: "debian-12-*", keep_last: 3}]';
const COPY = 'copies: [{cloud: otc-nl, agency: ims-copy}]';
const NOTIFY =
  'does not belong in a manifest; write notify: NAME at its top, and the address into the settings of the workers: IMS_FERRY_NOTIFY_URL_NAME';

/** What is set elsewhere than in a manifest. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  verify:
    'does not belong in a manifest; workers compare the images: ims-ferry work --verify strict, ims-ferry up --verify strict, or IMS_FERRY_VERIFY=strict',
  update: 'is not a field; ims-ferry submit --update changes images that exist',
  webhook: NOTIFY,
  notify_url: NOTIFY,
};

/** Where a field belongs that is not among those `known` at its place; `undefined` if nobody knows. */
export function explainMisplaced(field: string, known: readonly string[]): string | undefined {
  if (Object.hasOwn(ELSEWHERE, field)) return ELSEWHERE[field];
  const isTop = known.includes('images');
  const isRule = known.includes('keep_last');
  if (RETENTION_FIELDS.includes(field) && !isRule) {
    return `belongs to a rule${isTop ? '' : ' at the top of the file'}: ${RULE}`;
  }
  if (isTop && IMAGE_FIELDS.includes(field)) {
    return 'belongs to an image; for all images, write it under defaults';
  }
  const isCopy = known.includes('agency');
  if (field === 'agency' && !isCopy) return `belongs to a copy of an image: ${COPY}`;
  if (isCopy && (field === 'members' || field === 'accept_as')) {
    return 'is not a field of a copy; only the image itself is shared with other projects';
  }
  if (isTop || isRule || isCopy) return undefined;
  if (field === 'cloud') return `belongs at the top of the file, or to a copy: ${COPY}`;
  if (field === 'copies') return 'cannot be written here; it is a field of images in YAML and JSON';
  return MANIFEST_FIELDS.includes(field)
    ? 'belongs at the top of the file, beside images'
    : undefined;
}
