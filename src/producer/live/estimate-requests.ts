import type { ImageRequest } from '../../shared/image/image-request.ts';
import { estimateImport, type ImportPlan } from '../../shared/outlook/estimate-import.ts';
import { durationClasses } from '../../shared/outlook/forecast.ts';
import type { Estimate } from '../../shared/outlook/forecast-ends.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { StatusDeps } from '../status-deps.ts';

interface ImportLimits {
  /** Images in flight. */
  readonly limit: number;
  /** Creates a minute; 0 = unlimited. */
  readonly submitsPerMinute: number;
}

/** How long the import of these images would take from now on; `undefined` where nothing is learned of such images. */
export async function estimateRequests(
  { project }: Pick<StatusDeps, 'project'>,
  requests: readonly ImageRequest[],
  limits: ImportLimits,
): Promise<Estimate | undefined> {
  const groups = Map.groupBy(requests.map(durationClasses), ([own]) => own);
  const classes: ImportPlan['classes'][number][] = [];
  for (const group of groups.values()) {
    const [names] = group;
    const [own, kind] = names ? await project.durations.learned(names) : [];
    const learned = own !== undefined && own.samples >= 3 ? own : kind;
    classes.push({
      count: group.length,
      facts: omitUndefined({ learned, ended: [], running: [] }),
    });
  }
  return classes.length === 0 ? undefined : estimateImport({ classes, ...limits });
}
