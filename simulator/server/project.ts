import type { Call } from './context.ts';

/** The project of the token or key; the first one where nobody was asked who calls. */
export function projectIdOf({ caller, world }: Call): string {
  return caller?.scope.kind === 'project' ? caller.scope.project.id : world.options.projectId;
}
