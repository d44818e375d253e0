import type { HttpRequest } from './http-request.ts';

/** Why a call got no answer, in our own words: what ky and undici throw never leaves `http.ts`. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The error alone proves it: no connection stood, so no byte of the request left. */
  readonly atConnect: boolean;
}

/** `where` is host and port: neither path nor query, which a log must not show. */
export function readFailure(error: unknown, where: string): Failure {
  const cause = codedCause(error);
  const found = cause?.code ?? 'NETWORK';
  const code = SAME.find(([pattern]) => pattern.test(found))?.[1] ?? found;
  const isTls = /^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code);
  const phrase = FAULTS[code]?.[0] ?? (isTls ? `TLS failed: ${code}` : 'the connection failed');
  const isUnconnected = cause?.isConnect === true && AT_CONNECT_ONLY.has(code);
  const atConnect = isUnconnected || NEVER_SENT.has(code) || CERTIFICATE.test(code);
  return { code, message: `${phrase} (${where})`, atConnect };
}

/** What to do about a call that got no answer, by its code. */
export function networkAdvice(code: string): string {
  const advice = FAULTS[code]?.[1];
  if (advice !== undefined) return advice;
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code)) return UNKNOWN_CA;
  return 'Check the address, the network and HTTPS_PROXY.';
}

const DNS = 'Check the DNS of this machine.';
const FIREWALL = 'Check the network: a firewall may drop packets.';
const ROUTES = 'Check the network and its routes.';
const PROXY = 'Check HTTPS_PROXY and NO_PROXY, and whether the proxy may reach this host.';
const OTHER_SERVICE = 'Something other than the service may answer there: check the address.';
const UNKNOWN_CA = 'Name the CA that signed it with OS_CACERT (cacert in clouds.yaml).';

/** What is wrong, and what to do where that is known. */
const FAULTS: Readonly<Record<string, readonly [message: string, advice?: string]>> = {
  TIMEOUT: ['no complete answer in time', FIREWALL],
  TOO_LATE: ['the deadline of this create passed before it could be sent'],
  TOO_LARGE: ['the answer is too large', OTHER_SERVICE],
  UND_ERR_RES_EXCEEDED_MAX_SIZE: ['the answer is too large'],
  LONG_HEADERS: [
    'the headers of the answer are longer than 64 KB',
    'Use a token without the catalog, or a user with fewer roles and agencies.',
  ],
  NOT_UNPACKED: ['the answer is compressed and cannot be unpacked'],
  REDIRECT: [
    'it redirects to another address, which is not followed',
    'Check the address: something other than the service answers there.',
  ],
  NO_STATUS: ['it answered with a status that is not HTTP'],
  BAD_ADDRESS: [
    'the address in the settings or in the catalog is not a URL',
    'Check the addresses in the settings, and the catalog; IMS_ENDPOINT replaces it.',
  ],
  BAD_HEADER: [
    'a header cannot be sent',
    'Set it again, without line breaks and invisible characters.',
  ],
  BAD_REQUEST: [
    'a setting cannot be made into a request',
    'Check the settings of the login: `ims-ferry config` shows where each comes from.',
  ],
  PLAIN_HTTP: ['plain http is refused', 'Use https, or set IMS_FERRY_ALLOW_HTTP=1.'],
  ECONNREFUSED: ['nothing listens there', 'Check the address and the port.'],
  ENOTFOUND: ['the host name is not known', 'Check the host name, and the DNS of this machine.'],
  EAI_AGAIN: ['the host name could not be resolved', DNS],
  DNS_TIMEOUT: ['resolving the host name took too long', DNS],
  ECONNRESET: ['the connection was reset'],
  ETIMEDOUT: ['the host does not answer', FIREWALL],
  EHOSTUNREACH: ['the host cannot be reached', ROUTES],
  ENETUNREACH: ['the network cannot be reached', ROUTES],
  UND_ERR_SOCKET: ['the connection was closed before the answer came'],
  UND_ERR_CONNECT_TIMEOUT: [
    'connecting took too long',
    'Check the network: a firewall may drop packets, or HTTPS_PROXY is needed.',
  ],
  PROXY_LOGIN: [
    'the proxy asks for a login',
    'Put user and password into HTTPS_PROXY: http://user:password@host:port',
  ],
  PROXY_REFUSED: ['the proxy refuses to connect to it', PROXY],
  PROXY_TIMEOUT: ['the proxy does not answer', PROXY],
  PROXY_AWAY: ['the proxy cannot be reached', PROXY],
  NO_TLS: [
    'it does not speak TLS',
    'Use http:// if that is meant (on loopback only), or check the port.',
  ],
  OLD_TLS: [
    'it speaks only versions of TLS that are too old',
    'The server has to offer TLS 1.2 or newer.',
  ],
  WANTS_CERTIFICATE: [
    'it wants a client certificate',
    'Set OS_CERT and OS_KEY to the certificate that it wants.',
  ],
  CERT_HAS_EXPIRED: [
    'the TLS certificate has expired',
    'Have the certificate renewed, or check the clock of this machine.',
  ],
  CERT_NOT_YET_VALID: ['the TLS certificate is not valid yet', 'Check the clock of this machine.'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'the TLS certificate is for another host name',
    'Use the name that the certificate is for.',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['the TLS certificate is signed by an unknown CA'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['the TLS certificate is self-signed'],
  SELF_SIGNED_CERT_IN_CHAIN: ['the TLS certificate chain holds a self-signed one'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['the TLS certificate cannot be verified'],
};

/** Codes of calls that cannot be sent as they are: a setting is wrong, and no waiting fixes it. */
export const NOT_BUILT: ReadonlySet<string> = new Set([
  'BAD_ADDRESS',
  'BAD_HEADER',
  'BAD_REQUEST',
  'PLAIN_HTTP',
]);

export type NotBuilt = Omit<Failure, 'atConnect'>;

export function notBuilt(code: 'BAD_ADDRESS' | 'BAD_REQUEST'): NotBuilt {
  return { code, message: FAULTS[code]?.[0] ?? code };
}

/** Where the value of a header comes from. */
const SETTING_OF: Readonly<Record<string, string>> = {
  'x-auth-token': 'OS_TOKEN',
  'x-subject-token': 'OS_TOKEN',
  'x-security-token': 'OS_SECURITY_TOKEN',
  'x-amz-security-token': 'OS_SECURITY_TOKEN',
  'x-project-id': 'OS_PROJECT_ID',
  authorization: 'OS_ACCESS_KEY',
};

/** What HTTP cannot carry: its value is never repeated. */
export function unbuildable({ url, headers = {} }: HttpRequest): NotBuilt | undefined {
  if (!URL.canParse(url)) return notBuilt('BAD_ADDRESS');
  const bad = Object.entries(headers).find(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value));
  if (!bad) return undefined;
  const [name] = bad;
  const source = SETTING_OF[name.toLowerCase()] ?? `the header ${name}`;
  return { code: 'BAD_HEADER', message: `${source} holds a character that cannot be sent` };
}

const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'DNS_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'NO_TLS',
  'OLD_TLS',
  'PROXY_LOGIN',
  'PROXY_REFUSED',
  'PROXY_TIMEOUT',
  'PROXY_AWAY',
  'BAD_REQUEST',
]);
/** Only if the system call was `connect`: an open connection can fail so too. */
const AT_CONNECT_ONLY = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);
const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO_|ERR_TLS_CERT_|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY|DECRYPT)_)/;

/** OpenSSL has many names for few faults. */
const SAME: readonly (readonly [RegExp, string])[] = [
  [/^(UND_ERR_INVALID_ARG|ERR_INVALID_(CHAR|URL|ARG_TYPE|ARG_VALUE|HTTP_TOKEN))$/, 'BAD_REQUEST'],
  [/^(UND_ERR_HEADERS_OVERFLOW|HPE_HEADER_OVERFLOW)$/, 'LONG_HEADERS'],
  [/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/, 'NO_TLS'],
  [/^ERR_SSL_(UNSUPPORTED_PROTOCOL|TLSV1_ALERT_PROTOCOL_VERSION|VERSION_TOO_LOW)$/, 'OLD_TLS'],
  [/^ERR_SSL_.*(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA)$/, 'WANTS_CERTIFICATE'],
];

const MAX_DEPTH = 6;

/**
 * The first error with a code on the way down the chain of causes; of several attempts to connect (happy
 * eyeballs) the first. A time limit has no code of its own.
 */
function codedCause(
  error: unknown,
  depth = 0,
): { readonly code: string; readonly isConnect: boolean } | undefined {
  if (!(error instanceof Error) || depth === MAX_DEPTH) return undefined;
  const isConnect = 'syscall' in error && error.syscall === 'connect';
  if ('code' in error && typeof error.code === 'string') return { code: error.code, isConnect };
  if (error.name === 'TimeoutError') return { code: 'TIMEOUT', isConnect };
  const next: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return codedCause(next, depth + 1);
}
