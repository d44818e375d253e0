import { CONTROL_ROUTES } from '../control/control-routes.ts';
import { SERVER_ROUTES } from '../ecs/server-routes.ts';
import { IAM_ROUTES } from '../iam/iam-routes.ts';
import { CREATE_ROUTES } from '../ims/create-routes.ts';
import { IMAGE_ROUTES } from '../ims/image-routes.ts';
import { MEMBER_ROUTES } from '../ims/member-routes.ts';
import { READ_ROUTES } from '../ims/read-routes.ts';
import { SCHEMA_ROUTES } from '../ims/schema-routes.ts';
import { TAG_ROUTES } from '../ims/tag-routes.ts';
import type { Route } from './context.ts';
import { VERSION_ROUTES } from './version-routes.ts';

interface FoundRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

type FindRoute = (method: string, path: string) => FoundRoute | undefined;

/** Finds the route of a path; if two match, the one with fewer parameters. */
function createRouter(routes: readonly Route[]): FindRoute {
  const table = Map.groupBy(
    routes.map((route) => ({ route, parts: route.path.split('/') })),
    ({ route, parts }) => shapeOf(route.method, parts),
  );
  for (const group of table.values()) group.sort((a, b) => variables(a.parts) - variables(b.parts));
  return (method, path) => {
    const parts = path.split('/');
    for (const { route, parts: pattern } of table.get(shapeOf(method, parts)) ?? []) {
      const params = paramsOf(pattern, parts);
      if (params) return { route, params };
    }
    return undefined;
  };
}

function shapeOf(method: string, parts: readonly string[]): string {
  return `${method} ${parts.length}`;
}

function variables(parts: readonly string[]): number {
  return parts.filter((part) => part.startsWith(':')).length;
}

function paramsOf(
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const actual = parts[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(actual);
    else if (part !== actual) return undefined;
  }
  return params;
}

/** Every path of the clouds, and of the control API. */
export const findRoute = createRouter([
  ...IAM_ROUTES,
  ...CREATE_ROUTES,
  ...READ_ROUTES,
  ...IMAGE_ROUTES,
  ...TAG_ROUTES,
  ...MEMBER_ROUTES,
  ...SCHEMA_ROUTES,
  ...SERVER_ROUTES,
  ...VERSION_ROUTES,
  ...CONTROL_ROUTES,
]);
