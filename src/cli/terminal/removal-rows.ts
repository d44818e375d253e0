import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { hang } from '../../shared/text/layout.ts';
import { formatBytes, utcTime } from '../../ui/format.ts';

/** One image that a plan names. */
interface RemovalRow {
  readonly verb: string;
  readonly image: ImsImage;
  readonly why: string;
}

/**
 * For each image what happens to it and why; below that its id, when it was created, and its size. Names and
 * ids are never cut: they are compared and copied.
 */
export function removalLines(rows: readonly RemovalRow[], columns: number): readonly string[] {
  const verbs = Math.max(0, ...rows.map(({ verb }) => verb.length));
  return rows.flatMap(({ verb, image: { id, name, createdAt, sizeBytes }, why }) => {
    const made = createdAt > 0 ? `${utcTime(createdAt).slice(0, 16)} UTC` : 'time unknown';
    const facts = `image ${id}, ${made}, ${sizeBytes === undefined ? 'size unknown' : formatBytes(sizeBytes)}`;
    const text = `${escapeText(name)}: ${escapeText(why)}`;
    return [
      ...hang(`${verb.padEnd(verbs)}  `, text, columns),
      ...hang(`${' '.repeat(verbs)}  `, facts, columns),
    ];
  });
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
