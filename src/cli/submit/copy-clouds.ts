import type { ManifestIssue } from '../../producer/manifest/issue.ts';
import { findCloudsFiles } from '../../shared/config/cloud/clouds-files.ts';
import { cloudNames, unknownCloud } from '../../shared/config/cloud/clouds-yaml.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import type { Io } from '../io.ts';

/** Copies to clouds that the clouds.yaml of this machine does not have, where there is one. */
export async function unknownCopyClouds(
  { file, images }: Pick<Manifest, 'file' | 'images'>,
  { env }: Pick<Io, 'env'>,
): Promise<readonly ManifestIssue[]> {
  const wanted = images.flatMap(({ request, line }) =>
    request.kind === 'copy' && request.to ? [{ cloud: request.to.cloud, line }] : [],
  );
  if (wanted.length === 0) return [];
  const files = await findCloudsFiles(env);
  if (!files.clouds) return [];
  const known = new Set(cloudNames(files));
  return wanted
    .filter(({ cloud }) => !known.has(cloud))
    .map(({ cloud, line }) => {
      return { file, line, column: 1, field: 'copies', message: unknownCloud(files, cloud) };
    });
}
