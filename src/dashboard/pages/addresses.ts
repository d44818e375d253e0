/** Path of a batch's page. */
export function batchPath(batch: string): string {
  return `/batches/${encodeURIComponent(batch)}`;
}

export function imagePath(batch: string, key: string): string {
  return `${batchPath(batch)}/images/${encodeURIComponent(key)}`;
}

export function reportPath(batch: string): string {
  return `/reports/${encodeURIComponent(batch)}`;
}
