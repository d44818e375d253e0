/** Codes of services (`IMG.0015`, `APIGW.0308`), HTTP statuses, and our own words. */
const KNOWN = /^([A-Za-z]{2,8}\.\d{1,6}|[1-5]\d\d|[A-Z][A-Z_]{1,30})$/;
const MOST_CODES = 200;

/**
 * Makes labels of codes that come from elsewhere: what has no shape of a code, and more codes than
 * any service has, is `other`, so that nobody can fill the memory of whoever scrapes this.
 */
export function codeLabels(): (code: string) => string {
  const seen = new Set<string>();
  return (code) => {
    if (seen.has(code)) return code;
    if (!KNOWN.test(code) || seen.size >= MOST_CODES) return 'other';
    seen.add(code);
    return code;
  };
}
