/** An answer of something between us and the cloud. */
export interface ForeignPage {
  readonly what: string;
  readonly status: number;
  readonly page?: string;
  readonly json?: unknown;
}

const html = (title: string): string =>
  `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;

/** Pages and JSON as firewalls, gateways, proxies and other services send them: none is the cloud's. */
export const FOREIGN_PAGES: readonly ForeignPage[] = [
  { what: 'a firewall', status: 403, page: html('Request blocked') },
  { what: 'a gateway without a route', status: 404, page: html('404 Not Found') },
  { what: 'a login page', status: 401, page: html('Sign in') },
  { what: 'a proxy that wants a login', status: 407, page: html('Proxy Authentication Required') },
  { what: 'a method that is not allowed', status: 405, page: html('405 Not Allowed') },
  { what: 'nginx with a small limit', status: 413, page: html('413 Request Entity Too Large') },
  { what: 'a limiter', status: 429, page: html('429 Too Many Requests') },
  { what: 'a gateway without a backend', status: 502, page: html('502 Bad Gateway') },
  { what: 'a portal that says yes', status: 200, page: html('Welcome to the guest network') },
  { what: 'Kong', status: 404, json: { message: 'no Route matched with those values' } },
  { what: 'AWS', status: 403, json: { message: 'Forbidden' } },
  { what: 'Google', status: 403, json: { error: { code: 403, message: 'no', status: 'DENIED' } } },
  {
    what: 'Spring',
    status: 401,
    json: { timestamp: 1, status: 401, error: 'Unauthorized', path: '/v2/cloudimages/action' },
  },
  {
    what: 'Cloudflare',
    status: 403,
    json: { errors: [{ code: 1020, message: 'Access denied' }], success: false },
  },
  { what: 'a WAF with codes', status: 403, json: { error_code: 'WAF.0403', error_msg: 'no' } },
  { what: 'Azure', status: 401, json: { error: { code: 'AuthenticationFailed', message: 'no' } } },
  {
    what: 'a firewall that repeats the words of IMS deep within',
    status: 403,
    json: { blocked: { response: { error: { code: 'IMG.0026', message: 'no' } } } },
  },
  {
    what: 'a page that holds the words of IMS',
    status: 403,
    page: '<p>{"error":{"code":"IMG.0015","message":"quota"}}</p>',
  },
  { what: 'a list', status: 400, json: [{ code: 'IMG.0001', message: 'no' }] },
  {
    what: 'a number of another status',
    status: 401,
    json: { error: { code: 403, message: 'no' } },
  },
  {
    what: 'the shape of Keystone with another number',
    status: 401,
    json: { error: { code: 'unauthorized', message: 'no', title: 'Sign in' } },
  },
  {
    what: 'the shape of Keystone for another status',
    status: 401,
    json: { error: { code: 403, message: 'no', title: 'Forbidden' } },
  },
  { what: 'an empty 403', status: 403, page: '' },
  { what: 'an empty 401', status: 401, page: '' },
];
