import type { ManifestImage } from '../../shared/image/image-request.ts';
import { estimateImport, type ImportPlan } from '../../shared/outlook/estimate-import.ts';
import type { Estimate } from '../../shared/outlook/forecast-ends.ts';
import { mostSimilar } from '../../shared/outlook/size-effect.ts';
import { traitsOf } from '../../shared/outlook/traits.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { StatusDeps } from '../status-deps.ts';

interface ImportLimits {
  /** Images in flight. */
  readonly limit: number;
  /** Creates a minute; 0 = unlimited. */
  readonly submitsPerMinute: number;
}

/** Files whose sizes differ by less than this share of the logarithm count as one. */
const SIZE_STEP = 0.25;

/** How long the import of these images would take from now on; `undefined` where nothing is learned of such images. */
export async function estimateRequests(
  { project }: Pick<StatusDeps, 'project'>,
  images: readonly Pick<ManifestImage, 'request' | 'file'>[],
  limits: ImportLimits,
): Promise<Estimate | undefined> {
  const traits = images.map(({ request, file }) => traitsOf(request, file));
  const groups = Map.groupBy(traits, ({ classes, sizes = [] }) =>
    [classes[0], ...sizes.map((log) => Math.round(log / SIZE_STEP))].join(' '),
  );
  const classes: ImportPlan['classes'][number][] = [];
  for (const group of groups.values()) {
    const [one] = group;
    const known = one ? await project.durations.learned(one.classes) : [];
    const learned = mostSimilar(known, one?.sizes);
    classes.push({
      count: group.length,
      facts: omitUndefined({ learned, ended: [], running: [] }),
    });
  }
  return classes.length === 0 ? undefined : estimateImport({ classes, ...limits });
}
