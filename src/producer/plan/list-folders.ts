import type { ObjectAnswer, ObsClient } from '../../shared/cloud/obs/obs-client.ts';
import type { ImageRequest } from '../../shared/image/image-request.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import { splitUrl } from '../../shared/source-file/split-url.ts';

/** A page of a list has 1000 objects: for fewer than this it is not worth a request. */
const WORTH_A_PAGE = 50;

/**
 * Looks at objects as `look` does, after listing the folders of which many are wanted: 100,000 requests become
 * some hundreds. A list only ever proves that an object is there; every other one is still looked at by itself.
 */
export async function listFolders(
  requests: readonly ImageRequest[],
  { look, list }: { readonly look: SourceFiles['look']; readonly list: ObsClient['list'] },
): Promise<SourceFiles['look']> {
  const found = new Map<string, ObjectAnswer>();
  for (const [folder, wanted] of Map.groupBy(new Set(requests.flatMap(urlsOf)), folderOf)) {
    if (wanted.length < WORTH_A_PAGE) continue;
    const [bucket, prefix] = splitUrl(folder);
    const missing = new Set(wanted);
    let after: string | undefined;
    // A folder may have a million other objects.
    for (let pages = Math.ceil(wanted.length / WORTH_A_PAGE); pages > 0; pages -= 1) {
      const page = await list(bucket, prefix, after);
      if (page.kind !== 'ok') break;
      for (const { key, ...object } of page.objects) {
        const url = `${bucket}:${key}`;
        if (missing.delete(url)) found.set(url, { kind: 'found', ...object });
      }
      after = page.next;
      if (after === undefined || missing.size === 0) break;
    }
  }
  return async (bucket, key) => found.get(`${bucket}:${key}`) ?? look(bucket, key);
}

function urlsOf({ image_url, data_images = [] }: ImageRequest): readonly string[] {
  return [image_url, ...data_images.map((disk) => disk.image_url)];
}

/** `bucket:a/b/c.qcow2` → `bucket:a/b/` */
function folderOf(url: string): string {
  return url.slice(0, Math.max(url.lastIndexOf('/'), url.indexOf(':')) + 1);
}
