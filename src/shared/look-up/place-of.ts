import { NO_ENDPOINT, NO_PROJECT } from '../cloud/iam/login-answer.ts';
import { type ImsClient, readFailed } from '../cloud/ims/ims-answers.ts';
import { aboutCloud, type CloudAccess, type OtherClouds } from '../cloud/other-clouds.ts';
import type { Sessions } from '../cloud/session/session.ts';
import { CloudError, ConfigError, FerryError, type LoginRefusedError } from '../errors/errors.ts';
import type { CopyImage, ImageRequest } from '../image/image-request.ts';

/** The project in which the image of an import is. */
interface Place {
  readonly ims: Pick<ImsClient, 'image' | 'images'>;
  readonly sessions: Pick<Sessions, 'get'>;
}

export interface Places {
  readonly ims: Place['ims'];
  readonly sessions: Place['sessions'];
  /** Absent: clouds beside the own one cannot be read. */
  readonly others?: OtherClouds;
}

/** Its entry in clouds.yaml is missing or incomplete: retrying changes nothing. */
export const NO_CLOUD = 'NO_CLOUD';

/** Another cloud that stays closed until a person corrects its entry: waiting for it would never end. */
export const CLOSED_CLOUD: ReadonlySet<string> = new Set([
  ...[NO_CLOUD, NO_ENDPOINT, NO_PROJECT],
  'LOGIN_REFUSED' satisfies LoginRefusedError['code'],
]);

/** The own project, or for a copy to another region that of its cloud. What cannot be opened answers no read. */
export async function placeOf(places: Places, request: ImageRequest): Promise<Place> {
  if (request.kind !== 'copy' || request.to === undefined) return places;
  const { cloud } = request.to;
  if (!places.others) return unreadable('OTHER_CLOUD', `cloud ${cloud} cannot be read here`);
  try {
    return await cloudOf(places.others, request.to);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    const code = error instanceof ConfigError ? NO_CLOUD : error.code;
    return unreadable(code, aboutCloud(cloud, error.message));
  }
}

/**
 * The cloud of a copy to another region.
 * @throws ConfigError also when its entry is of another project than the copy: nobody would find it there
 */
export async function cloudOf(
  others: OtherClouds,
  { cloud, project: wanted }: NonNullable<CopyImage['to']>,
): Promise<CloudAccess> {
  const access = await others.of(cloud);
  const { project = wanted } = access;
  if (wanted === undefined || project === wanted) return access;
  const what = `its entry in clouds.yaml is of project ${project}, and the copy is for project ${wanted}`;
  throw new ConfigError([`${what}: it needs an entry of its own`]);
}

function unreadable(code: string, message: string): Place {
  const failed = async () => readFailed(code, message);
  const get = () => Promise.reject(new CloudError('IMS', message));
  return { ims: { image: failed, images: failed }, sessions: { get } };
}
