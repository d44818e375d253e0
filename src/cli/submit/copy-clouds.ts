import { formatIssue, type ManifestIssue } from '../../producer/manifest/issue.ts';
import { type CloudsFiles, findCloudsFiles } from '../../shared/config/cloud/clouds-files.ts';
import { cloudNames, unknownCloud } from '../../shared/config/cloud/clouds-yaml.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import type { Io } from '../io.ts';

/** An entry of clouds.yaml that the images of a manifest need beside the own cloud. */
interface NeededCloud {
  readonly cloud: string;
  readonly line: number;
  readonly field: 'copies' | 'accept_as';
}

/**
 * Copies to clouds that the clouds.yaml of this machine does not have: errors. Warns of accepting clouds that it
 * does not have, and where there is none, since the workers need one.
 */
export async function unknownCopyClouds(
  { file, images }: Pick<Manifest, 'file' | 'images'>,
  { env, err }: Pick<Io, 'env' | 'err'>,
): Promise<readonly ManifestIssue[]> {
  const needed = images.flatMap(({ request, line }): readonly NeededCloud[] => {
    if (request.kind !== 'copy') {
      return (request.accept_as ?? []).map((cloud) => ({ cloud, line, field: 'accept_as' }));
    }
    return request.to ? [{ cloud: request.to.cloud, line, field: 'copies' }] : [];
  });
  if (needed.length === 0) return [];
  const files = await findCloudsFiles(env);
  if (!files.clouds) {
    const names = [...new Set(needed.map(({ cloud }) => cloud))].join(', ');
    err(`Warning: ${file} needs ${names} in the clouds.yaml of the workers; there is none here.`);
    return [];
  }
  const issues = issuesOf(file, needed, files);
  for (const issue of issues.filter(({ field }) => field === 'accept_as')) {
    err(`Warning: ${formatIssue(issue)}`);
  }
  return issues.filter(({ field }) => field === 'copies');
}

function issuesOf(file: string, needed: readonly NeededCloud[], files: CloudsFiles) {
  const known = new Set(cloudNames(files));
  return needed
    .filter(({ cloud }) => !known.has(cloud))
    .map(({ cloud, line, field }) => {
      return { file, line, column: 1, field, message: unknownCloud(files, cloud) };
    });
}
