import { isVisible } from '../iam/directory.ts';
import type { CallName } from '../server/call-names.ts';
import { type Answer, type Call, projectIdOf, type Reply, type Route } from '../server/context.ts';
import { imsError, noImage } from '../server/errors.ts';
import { statusOf } from './image-body.ts';
import { memberOf, type StoredImage } from './image-store.ts';
import type { Moment } from './job-life.ts';
import { enterpriseProjectOf } from './rights.ts';

/** The time for which a call is answered. */
export function momentOf({ now, world }: Call): Moment {
  return { now, options: world.options };
}

interface Act {
  readonly name: CallName;
  readonly handle: (call: Call, image: StoredImage) => Answer;
}

/** A route for one image, `:image` in its path. */
export function imageRoute(method: string, path: string, { name, handle }: Act): Route {
  return { method, path, name, secured: 'project', handle: (call) => withImage(call, handle) };
}

/** The refusal of a path that names another project than the token. */
export function wrongProject(call: Call): Reply | undefined {
  const { project } = call.params;
  if (project === undefined || project === projectIdOf(call)) return undefined;
  return imsError('IMG.0030', 'The project ID and the token do not belong together.');
}

function withImage(call: Call, handle: Act['handle']): Answer {
  const wrong = wrongProject(call);
  if (wrong) return wrong;
  const id = call.params['image'] ?? '';
  const image = imageSeen(call, id);
  return image ? handle(call, image) : noImage(id);
}

/** An image that exists and that the caller may see. */
export function imageSeen(call: Call, id: string): StoredImage | undefined {
  const image = call.world.cloud.images.get(id);
  if (!image || statusOf(image, momentOf(call)) === 'gone') return undefined;
  const projectId = projectIdOf(call);
  const isKnown = isVisible(image.owner, projectId, call.world.options);
  return isKnown || memberOf(image, projectId) ? image : undefined;
}

/** The images that lists show to the caller: its own, and shared ones that it has accepted. */
export function seenBy(call: Call, images: readonly StoredImage[]): readonly StoredImage[] {
  const { options } = call.world;
  const projectId = projectIdOf(call);
  const wanted = call.url.searchParams.get('member_status') ?? 'accepted';
  const own = options.onlyEnterpriseProject;
  return images.filter((image) => {
    if (own !== '' && enterpriseProjectOf(image.fields) !== own) return false;
    if (isVisible(image.owner, projectId, options)) return true;
    const member = memberOf(image, projectId);
    return member !== undefined && (wanted === 'all' || member.status === wanted);
  });
}
