import type { Simulator } from '../../simulator/start-simulator.ts';
import { tokenOf } from '../../simulator/token-of.ts';
import { type ImportKey, importKey } from '../../src/shared/image/import-key.ts';
import { imageRequest } from './images.ts';

/** An import that IMS has accepted under the older version. */
export interface Accepted {
  readonly name: string;
  readonly key: ImportKey;
}

/** Of an image of the recorded ledgers. */
export function keyOf(name: string): ImportKey {
  return importKey(imageRequest(name, { image_url: `bucket:ok/${name}.qcow2` }));
}

/** Creates them as the older version did; answers what IMS calls their jobs and images. */
export async function createAll(
  simulator: Simulator,
  imports: readonly Accepted[],
): Promise<readonly { readonly jobId: string; readonly imageId: string }[]> {
  const token = await tokenOf(simulator);
  for (const { name, key } of imports) {
    const image_url = `bucket:ok/${name}.qcow2`;
    const body = { name, image_url, min_disk: 40, tags: [`imsferry.${key}`] };
    await fetch(`${simulator.url}/v2/cloudimages/action`, {
      method: 'POST',
      headers: { 'x-auth-token': token },
      body: JSON.stringify(body),
    });
  }
  return simulator.accepted.map(({ job_id, image_ids }) => {
    return { jobId: job_id, imageId: image_ids[0] ?? '' };
  });
}
