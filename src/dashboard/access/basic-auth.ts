import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Only for this process: makes what is compared equally long, and tells nothing of it. */
const KEY = randomBytes(32);

/** The user of a right `Authorization: Basic` header; takes as long for a wrong one. */
export function userOf(header: string | undefined, login: Login): string | undefined {
  const given = readBasic(header);
  const user = isSame(given?.user ?? '', login.user);
  const password = isSame(given?.password ?? '', login.password);
  return given !== undefined && user && password ? login.user : undefined;
}

function readBasic(header: string | undefined): Login | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]{1,2000}={0,2})$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function isSame(given: string, right: string): boolean {
  return timingSafeEqual(digest(given), digest(right));
}

function digest(text: string): Buffer {
  return createHmac('sha256', KEY).update(text).digest();
}
