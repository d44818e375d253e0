import { isIP } from 'node:net';

/** Invisible characters at the ends of a value: blanks, line breaks, direction marks, byte order marks. */
const BLANK_ENDS = /^[\s\p{Cc}\p{Cf}]+|(?<![\s\p{Cc}\p{Cf}])[\s\p{Cc}\p{Cf}]+$/gu;
const LINE_ENDS =
  /^[\ufeff\r\n\u0085\u2028\u2029]+|(?<![\r\n\u0085\u2028\u2029])[\r\n\u0085\u2028\u2029]+$/g;

/** For names, addresses and keys. */
export function withoutBlanks(value: string): string {
  return value.replace(BLANK_ENDS, '');
}

/** For passwords: blanks at the ends count, line breaks (from files and Kubernetes secrets) do not. */
export function withoutLineEnds(value: string): string {
  return value.replace(LINE_ENDS, '');
}

/** The first line with content: password managers put other things below it. */
export function firstLine(text: string): string {
  const [line = ''] = withoutLineEnds(text).split(/\r\n?|\n/, 1);
  return line;
}

/** `undefined` for an empty or blank value. */
export function unlessEmpty(value: string): string | undefined {
  return withoutBlanks(value) === '' ? undefined : value;
}

/** What is wrong with a secret. The message never repeats the value. */
export function secretFault(value: string): string | undefined {
  if (/[\r\n\u0085\u2028\u2029]/.test(value)) {
    return 'contains a line break; a secret is a single line';
  }
  return controlFault(value);
}

/** What is wrong with a token or key, which goes into a header: printable ASCII only. */
export function keyFault(value: string): string | undefined {
  if (!/[^\x21-\x7e]/.test(value)) return undefined;
  return secretFault(value) ?? 'contains a blank or another character that is not allowed in it';
}

/** All but tabs, and joiners, which some scripts need within a word. */
const INVISIBLE = /(?![\t\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/u;

/** What is wrong with any other value: control characters pasted along from a terminal or a page. */
export function controlFault(value: string): string | undefined {
  return INVISIBLE.test(value) ? 'contains an invisible control character' : undefined;
}

/** What is wrong with an address; URL parsers silently repair some of it. */
export function addressFault(value: string): string | undefined {
  return /[\s\p{C}]/u.test(value) ? 'contains a blank or an invisible character' : undefined;
}

/** What is wrong with the URL of a service. The message does not repeat it: it may hold a password. */
export function endpointFault(value: string, allowHttp: boolean): string | undefined {
  const fault = addressFault(value);
  if (fault !== undefined) return fault;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return 'is not a URL; expected https://host';
  }
  if (url.username !== '' || url.password !== '') {
    return 'contains a user or password; remove them';
  }
  if (url.search !== '' || url.hash !== '') return 'contains a ? or #; remove it and what follows';
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !allowHttp) {
    return 'is plain http; expected https (http is allowed on loopback only)';
  }
  return undefined;
}

/** True for names and addresses of this machine itself; IPv6 with or without brackets. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `30m`, `12h`, `30d` or `1h30m` in milliseconds; `undefined` for anything else and for zero. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d{1,9})([smhd])/g)];
  const ms = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
  const isWhole = parts.map(([part]) => part).join('') === text;
  return isWhole && ms > 0 ? ms : undefined;
}
