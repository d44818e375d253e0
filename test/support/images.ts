import type { ImageRequest, ManifestImage } from '../../src/shared/image/image-request.ts';

/** A valid system image with a name of its own. */
export function imageRequest(name: string, fields: Partial<ImageRequest> = {}): ImageRequest {
  const whole = {
    kind: 'system',
    quick_import: false,
    name,
    image_url: `bucket:images/${name}.qcow2`,
    min_disk: 40,
    copy: 1,
    ...fields,
  };
  // Whether the fields go together is up to the test.
  return whole as ImageRequest;
}

export function manifestImages(count: number, prefix = 'image'): ManifestImage[] {
  return Array.from({ length: count }, (_, index) => ({
    request: imageRequest(`${prefix}-${index + 1}`),
    line: index + 1,
  }));
}
