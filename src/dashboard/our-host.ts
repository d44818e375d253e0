const OURS = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** True for the names of this machine alone: another one that leads here may be an attack. */
export function isOurHost(host: string | undefined): boolean {
  return host !== undefined && OURS.test(host);
}
