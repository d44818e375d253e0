import { nearest } from './explain-text.ts';
import { explainMisplaced } from './misplaced-field.ts';

/** Parts of names under which people keep secrets and endpoints, without - and _. */
const SECRET =
  /password|passwd|passphrase|secret|token|credential|proxy|endpoint|accesskey|apikey|privatekey|authurl|authorization|username|redisurl|webhook|clouds?config/;
const SECRET_WORDS = new Set(
  'auth ak sk headers header cookie cacert insecure verify user login cloud region project projectid domain bearer'.split(
    ' ',
  ),
);

/** A setting or a secret, which never belongs in a manifest. */
export function isSetting(field: string): boolean {
  const bare = field.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SECRET.test(bare) || SECRET_WORDS.has(bare.replace(/^os(?=[a-z]{4})/, ''));
}

/** More fields than that are not listed in a message. */
const MOST_LISTED = 8;
/** What people write for a field, where it is not spelled alike. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  image_url: [
    ...['url', 'uri', 'image', 'source', 'src', 'file', 'path', 'key', 'object', 'location'],
    ...['image_file', 'obs_url'],
  ],
  min_disk: ['disk', 'size', 'disk_size', 'disk_gb', 'size_gb', 'minDisk'],
  os_version: ['os', 'os_name', 'distro', 'platform', 'osVersion'],
  name: ['title', 'image_name', 'imageName'],
  bucket: ['container', 'bucket_name'],
  description: ['comment', 'note'],
  tags: ['labels', 'metadata'],
  members: ['share', 'share_with', 'shared_with', 'sharing', 'projects', 'project_ids'],
  kind: ['image_type', 'disk_type'],
  architecture: ['arch'],
  hw_firmware_type: ['firmware', 'boot_mode', 'uefi'],
  min_ram: ['ram', 'memory'],
  images: ['image', 'imports', 'items', 'list'],
};

/** An unknown field: what was meant, or why it does not belong here. Its value is never repeated. */
export function explainUnknownField(field: string, known: readonly string[]): string {
  const misplaced = explainMisplaced(field, known);
  if (misplaced !== undefined) return misplaced;
  if (isSetting(field)) {
    // Only a copy has a cloud of its own, beside its agency.
    if (field === 'region' && known.includes('agency')) {
      return 'is not a field; write cloud: the entry of clouds.yaml for that region';
    }
    return 'does not belong in a manifest; endpoints, regions and credentials come from the settings';
  }
  const near = known.find((one) => MEANT[one]?.includes(field)) ?? nearest(field, known);
  if (near !== undefined) return `is not a field; did you mean ${near}?`;
  return known.length > MOST_LISTED
    ? 'is not a field; ims-ferry schema lists all'
    : `is not a field; the fields are ${known.join(', ')}`;
}
