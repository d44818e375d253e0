import { NO_SERVERS } from '../ecs/server-routes.ts';
import type { CallName } from '../server/call-names.ts';
import { asCoded, codedReply, statusOfIms } from '../server/coded-answer.ts';
import type { Call, Reply } from '../server/context.ts';
import { imsError } from '../server/errors.ts';
import { isFields } from '../settings.ts';
import { copyOf } from './copies.ts';
import { ALL_GRANTED, DEFAULT_PROJECT, enterpriseProjectOf, NEEDS, type Right } from './rights.ts';
import { FORBIDDEN } from './source-rules.ts';

/** The refusal that the account gets, if a right is missing or a switch forces a code. */
export function refusedTo(call: Call, name: CallName): Reply | undefined {
  const { answers } = call.world.options;
  const answer = answers[name];
  if (answer !== undefined) return codedReply(call, asCoded(answer));
  if (hasRights(call, name) && isInGranted(call, name)) return undefined;
  return name === 'servers'
    ? NO_SERVERS
    : imsError(FORBIDDEN.code, FORBIDDEN.message, statusOfIms(call, FORBIDDEN.code));
}

function hasRights(call: Call, name: CallName): boolean {
  const { missingRights } = call.world.options;
  return !neededFor(call, name).some((right) => missingRights.includes(right));
}

function neededFor({ body }: Call, name: CallName): readonly Right[] {
  const rights = NEEDS[name]?.rights ?? [];
  if (name === 'patch' && movesImage(body)) return [...rights, 'ims:serverImages:create'];
  const isData = name === 'create quick' && isFields(body) && body['type'] === 'DataImage';
  return isData ? ['ims:dataImages:create'] : rights;
}

/** IMS: a change of the enterprise project needs what a create needs. */
function movesImage(body: unknown): boolean {
  if (!Array.isArray(body)) return false;
  return body.some((one) => isFields(one) && one['path'] === '/enterprise_project_id');
}

/** Rights in one enterprise project count for calls that name it. */
function isInGranted(call: Call, name: CallName): boolean {
  const { onlyEnterpriseProject: own } = call.world.options;
  const needs = NEEDS[name];
  if (own === '' || needs === undefined) return true;
  if (!needs.enterprise || isAcross(call)) return false;
  const asked = askedProject(call, name);
  return asked === undefined || asked === own || (name === 'list' && asked === ALL_GRANTED);
}

/** IMS: to another region only with the right in the project. */
function isAcross({ url }: Call): boolean {
  return copyOf({ path: url.pathname })?.isAcross === true;
}

/** The enterprise project of a call; `undefined` if it has none. */
function askedProject(call: Call, name: CallName): string | undefined {
  if (name === 'list') {
    return call.url.searchParams.get('enterprise_project_id') ?? DEFAULT_PROJECT;
  }
  if (name.startsWith('create ')) {
    return enterpriseProjectOf(isFields(call.body) ? call.body : {});
  }
  const image = call.world.cloud.images.get(call.params['image'] ?? '');
  return image && enterpriseProjectOf(image.fields);
}
