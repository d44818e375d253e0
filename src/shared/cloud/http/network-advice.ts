const PROXY = 'Check HTTPS_PROXY and NO_PROXY, and whether the proxy may reach this host.';
const NEXT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Check the address and the port.',
  ENOTFOUND: 'Check the host name, and the DNS of this machine.',
  EAI_AGAIN: 'Check the DNS of this machine.',
  DNS_TIMEOUT: 'Check the DNS of this machine.',
  TIMEOUT: 'Check the network: a firewall may drop what is sent.',
  ETIMEDOUT: 'Check the network: a firewall may drop what is sent.',
  UND_ERR_CONNECT_TIMEOUT:
    'Check the network: a firewall may drop what is sent, or HTTPS_PROXY is needed.',
  EHOSTUNREACH: 'Check the network and its routes.',
  ENETUNREACH: 'Check the network and its routes.',
  REDIRECT: 'Check the address: something else than the service answers there.',
  BAD_ADDRESS: 'Check the addresses in the settings, and the catalog; IMS_ENDPOINT replaces it.',
  BAD_HEADER: 'Set it again, without line breaks and invisible characters.',
  BAD_REQUEST: 'Check the settings of the login: `ims-ferry config` shows where each comes from.',
  LONG_HEADERS: 'Ask for a token without the catalog, or for a user with fewer roles and agencies.',
  TOO_LARGE: 'Something else than the service may answer there: check the address.',
  PLAIN_HTTP: 'Use https, or set IMS_FERRY_ALLOW_HTTP=1.',
  PROXY_LOGIN: 'Put user and password into HTTPS_PROXY: http://user:password@host:port',
  PROXY_REFUSED: PROXY,
  PROXY_TIMEOUT: PROXY,
  PROXY_AWAY: PROXY,
  CERT_HAS_EXPIRED: 'Have the certificate renewed, or check the clock of this machine.',
  CERT_NOT_YET_VALID: 'Check the clock of this machine.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Use the name that the certificate is for.',
  NO_TLS: 'Use http:// if that is meant (on loopback only), or check the port.',
  OLD_TLS: 'The server has to offer TLS 1.2 or newer.',
  WANTS_CERTIFICATE: 'Set OS_CERT and OS_KEY to the certificate that it wants.',
};
const UNKNOWN_CA = 'Name the CA that signed it with OS_CACERT (cacert in clouds.yaml).';

/** What to do about a call that brought no answer, by its code. */
export function networkAdvice(code: string): string {
  if (NEXT[code] !== undefined) return NEXT[code];
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code)) return UNKNOWN_CA;
  return 'Check the address, the network and HTTPS_PROXY.';
}
