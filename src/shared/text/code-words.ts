/** Codes that Node and the HTTP client make up, in words. Codes of the cloud stay: its manual lists them. */
const WORDS: Readonly<Record<string, string>> = {
  TIMEOUT: 'No answer in time',
  TOO_LATE: 'Deadline passed before sending',
  TOO_LARGE: 'Answer too large',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'Answer too large',
  LONG_HEADERS: 'Headers of the answer too long',
  NOT_UNPACKED: 'Answer cannot be unpacked',
  REDIRECT: 'Redirected to another address',
  NO_STATUS: 'Answer is not HTTP',
  ECONNREFUSED: 'Connection refused',
  ENOTFOUND: 'Host name not known',
  EAI_AGAIN: 'Host name not resolved',
  DNS_TIMEOUT: 'Host name not resolved in time',
  ECONNRESET: 'Connection reset',
  EPIPE: 'Connection closed while sending',
  ETIMEDOUT: 'Host does not answer',
  EHOSTUNREACH: 'Host not reachable',
  ENETUNREACH: 'Network not reachable',
  UND_ERR_SOCKET: 'Connection closed before the answer',
  UND_ERR_CONNECT_TIMEOUT: 'Connecting took too long',
  UND_ERR_HEADERS_TIMEOUT: 'No answer in time',
  UND_ERR_BODY_TIMEOUT: 'Answer incomplete in time',
  UND_ERR_ABORTED: 'Call ended early',
  PROXY_LOGIN: 'Proxy asks for a login',
  PROXY_REFUSED: 'Proxy refuses to connect',
  PROXY_TIMEOUT: 'Proxy does not answer',
  PROXY_AWAY: 'Proxy not reachable',
  NO_TLS: 'Host does not speak TLS',
  OLD_TLS: 'TLS version too old',
  WANTS_CERTIFICATE: 'Client certificate required',
  CERT_HAS_EXPIRED: 'TLS certificate expired',
  CERT_NOT_YET_VALID: 'TLS certificate not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS certificate for another host',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS certificate of an unknown CA',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS certificate self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS certificate self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS certificate cannot be verified',
};

/** Other codes of Node and of the HTTP client. */
const OF_A_PROGRAM = /^(UND_ERR|ERR|HPE)_[A-Z_]+$/;

/** The words for a code that means nothing to a reader; `undefined` for any other. */
export function codeWords(code: string): string | undefined {
  if (Object.hasOwn(WORDS, code)) return WORDS[code];
  return OF_A_PROGRAM.test(code) ? 'Connection failed' : undefined;
}

/** A text with such codes replaced by their words; one before its message goes: that says it in words. */
export function withCodeWords(text: string): string {
  return text.replace(
    /([A-Z][A-Z_]{3,60})(: (?=\w))?/g,
    (whole, code: string, message?: string) => {
      const words = codeWords(code);
      if (words === undefined) return whole;
      return message === undefined ? words : '';
    },
  );
}
