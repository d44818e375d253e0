/** The part of a file's name that stands for its batch. */
function nameOf(batch: string): string {
  return batch.replaceAll(/[^A-Za-z0-9._-]/g, '_');
}

/** `spring-migration.2026-05-01.k3J9….jsonl.gz`: no two archives have the same name. */
export function archiveName(
  batch: string,
  { at, id }: { readonly at: number; readonly id: string },
) {
  return `${nameOf(batch)}.${new Date(at).toISOString().slice(0, 10)}.${id}.jsonl.gz`;
}

/** Whether a file may be an archive of this batch: several batches may have the same name there. */
export function archiveNames(batch: string): (file: string) => boolean {
  const start = `${nameOf(batch)}.`;
  return (file) =>
    file.startsWith(start) && /^\d{4}-\d\d-\d\d\.[\w-]+\.jsonl\.gz$/.test(file.slice(start.length));
}
