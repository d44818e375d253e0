import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { hang } from '../../shared/text/layout.ts';
import { utcTime } from '../../ui/format.ts';

/** One image that a plan names. */
export interface RemovalRow {
  readonly verb: string;
  readonly image: ImsImage;
  readonly why: string;
}

const WIDEST_NAME = 40;
const UNKNOWN = '–';

/**
 * Two lines for each image: what happens to it, its name, age and size; below them its id, and why. Names and
 * ids are never cut: they are compared and copied.
 */
export function removalLines(rows: readonly RemovalRow[], columns: number): readonly string[] {
  const verbs = Math.max(0, ...rows.map(({ verb }) => verb.length));
  const names = Math.min(WIDEST_NAME, Math.max(0, ...rows.map(({ image }) => image.name.length)));
  return rows.flatMap(({ verb, image, why }) => {
    const { name, id, createdAt } = image;
    const made = createdAt > 0 ? utcTime(createdAt) : UNKNOWN.padEnd(19);
    const head = `${verb.padEnd(verbs)}  ${escapeText(name).padEnd(names)}  ${made}`;
    const size = formatSize(image.sizeBytes);
    const text = `image ${id}: ${escapeText(why)}`;
    return [`${head}  ${size.padStart(8)}`, ...hang(`${' '.repeat(verbs)}  `, text, columns)];
  });
}

const GB = 1024 ** 3;

/** `1.2 GB`; below a tenth in MB. */
export function formatSize(bytes: number | undefined): string {
  if (bytes === undefined) return UNKNOWN;
  return bytes < GB / 10 ? `${Math.ceil(bytes / 1024 ** 2)} MB` : `${(bytes / GB).toFixed(1)} GB`;
}

/** One image as the commands that delete print it with `--json`: a stable format. */
export function removalJson({ id, name, status, createdAt, sizeBytes }: ImsImage): object {
  return {
    image_id: id,
    name,
    status,
    created_at: createdAt > 0 ? new Date(createdAt).toISOString() : null,
    size_bytes: sizeBytes ?? null,
  };
}
