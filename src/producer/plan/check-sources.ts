import type { ObjectAnswer } from '../../shared/cloud/obs/obs-client.ts';
import type { ImageRequest } from '../../shared/image/image-request.ts';
import { type SourceVerdict, sourceVerdict } from './source-verdict.ts';

/** Asks OBS for one object (HEAD). */
export type LookAtObject = (bucket: string, key: string) => Promise<ObjectAnswer>;

const AT_ONCE = 16;

/** Looks at the objects of these images; the worst of an image and its data disks counts. */
export async function checkSources(
  requests: readonly ImageRequest[],
  look: LookAtObject,
): Promise<readonly SourceVerdict[]> {
  const verdicts: SourceVerdict[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < requests.length; index = next++) {
      const request = requests[index];
      if (request) verdicts[index] = await checkImage(request, look);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return verdicts;
}

async function checkImage(request: ImageRequest, look: LookAtObject): Promise<SourceVerdict> {
  const { image_url, quick_import, data_images = [] } = request;
  const main = await checkUrl(image_url, quick_import, look);
  for (const disk of data_images) {
    if (main.state !== 'good') break;
    const verdict = await checkUrl(disk.image_url, disk.is_quick_import ?? false, look);
    const message = `data disk ${disk.image_url}: ${verdict.message}`;
    if (verdict.state !== 'good') return { ...verdict, message };
  }
  return main;
}

/** `bucket:object` is split at the first colon. */
async function checkUrl(url: string, isQuick: boolean, look: LookAtObject): Promise<SourceVerdict> {
  const colon = url.indexOf(':');
  const [bucket, key] = [url.slice(0, colon), url.slice(colon + 1)];
  const verdict = sourceVerdict(await look(bucket, key), isQuick);
  if (verdict.state !== 'good' || !isQuick || !RAW.test(key)) return verdict;
  const bitmap = key.replace(RAW, '.mf');
  return withBitmap(verdict, await look(bucket, bitmap), bitmap);
}

const RAW = /\.raw$/i;

/** IMS: a fast import of RAW needs the bitmap file beside it, with the same name. */
function withBitmap(raw: SourceVerdict, { kind }: ObjectAnswer, bitmap: string): SourceVerdict {
  if (kind !== 'missing') return raw;
  const message = `its bitmap file ${bitmap} is not in the bucket; the fast import of RAW needs it (IMG.0158)`;
  return { ...raw, state: 'bad', message };
}
