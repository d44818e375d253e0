import type { Call } from './context.ts';

/** The project of the token or key; on routes without a login, the first one. */
export function projectIdOf({ caller, world }: Call): string {
  return caller?.scope.kind === 'project' ? caller.scope.project.id : world.options.projectId;
}
