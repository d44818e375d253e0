/** `bucket:a/b.qcow2` → its bucket and its key. */
export function splitUrl(url: string): readonly [bucket: string, key: string] {
  const colon = url.indexOf(':');
  return [url.slice(0, colon), url.slice(colon + 1)];
}
