import type { Route } from './context.ts';

export interface FoundRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of a path; a literal part wins over a parameter. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): FoundRoute | undefined {
  const parts = path.split('/');
  let best: FoundRoute | undefined;
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = paramsOf(route.path.split('/'), parts);
    const fewer = params && Object.keys(params).length < Object.keys(best?.params ?? params).length;
    if (params && (best === undefined || fewer)) best = { route, params };
  }
  return best;
}

function paramsOf(
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const actual = parts[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(actual);
    else if (part !== actual) return undefined;
  }
  return params;
}
