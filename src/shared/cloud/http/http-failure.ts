/** Why a call brought no answer, in our own words: what undici throws never leaves here. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Proven by the error alone: no connection stood, so no byte of the request left. */
  readonly atConnect: boolean;
}

/** `where` is host and port: neither path nor query, which may say more than a log should hold. */
export function readFailure(error: unknown, where: string): Failure {
  const code = nameOf(codeOf(error) ?? 'NETWORK');
  const message = `${PHRASES[code] ?? unknownPhrase(code)} (${where})`;
  return { code, message, atConnect: isAtConnect(error, code) };
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

function nameOf(code: string): string {
  return SAME.find(([pattern]) => pattern.test(code))?.[1] ?? code;
}

function unknownPhrase(code: string): string {
  const isTls = code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO';
  return isTls ? `TLS failed: ${code}` : 'the connection failed';
}

function isAtConnect(error: unknown, code: string): boolean {
  if (NEVER_SENT.has(code) || CERTIFICATE.test(code)) return true;
  return (
    chain(error).find(({ code: found }) => found === code)?.isConnect === true &&
    (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT')
  );
}

const PHRASES: Readonly<Record<string, string>> = {
  TIMEOUT: 'no complete answer in time',
  TOO_LATE: 'the deadline of this create was over before it could be sent',
  TOO_LARGE: 'the answer is too large',
  LONG_HEADERS: 'the headers of the answer are longer than 64 KB',
  BAD_REQUEST: 'a setting holds what no request can be built of',
  NOT_UNPACKED: 'the answer is compressed and cannot be unpacked',
  REDIRECT: 'it sends to another address, which is not followed',
  NO_STATUS: 'it answered with a status that HTTP does not know',
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be resolved',
  ECONNRESET: 'the connection was reset',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  UND_ERR_SOCKET: 'the connection was closed before the answer came',
  UND_ERR_CONNECT_TIMEOUT: 'connecting took too long',
  DNS_TIMEOUT: 'resolving the host name took too long',
  NO_TLS: 'it does not speak TLS',
  OLD_TLS: 'it speaks only versions of TLS that are too old',
  WANTS_CERTIFICATE: 'it wants a certificate of ours, and took none',
  PROXY_LOGIN: 'the proxy asks for a login',
  PROXY_REFUSED: 'the proxy refuses to connect to it',
  PROXY_TIMEOUT: 'the proxy does not answer',
  PROXY_AWAY: 'the proxy cannot be reached',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is too large',
  CERT_HAS_EXPIRED: 'the TLS certificate has expired',
  CERT_NOT_YET_VALID: 'the TLS certificate is not valid yet',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the TLS certificate is signed by a CA that is not known here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the TLS certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the TLS certificate chain holds a self-signed one',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the TLS certificate cannot be verified',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the TLS certificate is for another host name',
};

interface Link {
  readonly code: string | undefined;
  readonly isConnect: boolean;
}

const MAX_DEPTH = 6;

/** The first error code on the way down the chain of causes. */
function codeOf(error: unknown): string | undefined {
  return chain(error).find(({ code }) => code !== undefined)?.code;
}

/** Causes from the outside in; of several attempts to connect (happy eyeballs) the first. */
function chain(error: unknown): readonly Link[] {
  const links: Link[] = [];
  let at: unknown = error;
  while (at instanceof Error && links.length < MAX_DEPTH) {
    links.push(linkOf(at));
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return links;
}

function linkOf(error: Error): Link {
  const own = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const isConnect = 'syscall' in error && error.syscall === 'connect';
  return { code: own ?? wordFor(error), isConnect };
}

/** For what has no code of its own: time limits. */
function wordFor(error: Error): string | undefined {
  return error.name === 'TimeoutError' ? 'TIMEOUT' : undefined;
}
