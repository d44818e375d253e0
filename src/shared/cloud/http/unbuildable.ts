import type { HttpRequest } from './http.ts';

/** A call that cannot be sent as it is, before anything was: a setting is wrong, not the network. */
export interface NotBuilt {
  readonly code: string;
  readonly message: string;
}

/** Where the value of a header comes from. */
const SETTINGS: Readonly<Record<string, string>> = {
  'x-auth-token': 'OS_TOKEN',
  'x-subject-token': 'OS_TOKEN',
  'x-security-token': 'OS_SECURITY_TOKEN',
  'x-amz-security-token': 'OS_SECURITY_TOKEN',
  'x-project-id': 'OS_PROJECT_ID',
  authorization: 'OS_ACCESS_KEY',
};

/** What HTTP cannot carry: its value is never repeated. */
export function unbuildable({ url, headers = {} }: HttpRequest): NotBuilt | undefined {
  if (!URL.canParse(url)) {
    return {
      code: 'BAD_ADDRESS',
      message: 'the address that was set or that the cloud names is no URL',
    };
  }
  const bad = Object.entries(headers).find(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value));
  if (!bad) return undefined;
  const [name] = bad;
  const said = SETTINGS[name.toLowerCase()] ?? `what is sent as ${name}`;
  return { code: 'BAD_HEADER', message: `${said} holds a character that cannot be sent` };
}

/** Codes of what no waiting mends. */
export const NOT_BUILT: ReadonlySet<string> = new Set([
  'BAD_ADDRESS',
  'BAD_HEADER',
  'BAD_REQUEST',
  'PLAIN_HTTP',
]);
