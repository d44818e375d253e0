import type { IncomingMessage } from 'node:http';

/**
 * The dashboard below a path (`/ferry`), behind a proxy that leaves it in place or takes it off: pages
 * are made as if there was none, what comes in loses it, and what goes out gets it.
 */
export interface BasePath {
  /** Empty, or `/ferry`. */
  readonly base: string;
  /** An address of ours, from the root. */
  readonly of: (path: string) => string;
  /** A page, or a part of one, with its addresses. */
  readonly inPage: (html: string) => string;
  /** The address that a request asks for; `/ferry` without its slash is left as it is. */
  readonly without: (request: Pick<IncomingMessage, 'url'>) => string;
}

/** Text from outside has no quotes of its own in a page: only addresses that we wrote match. */
const ADDRESS = /( (?:href|src|action|data-live)=")(?=\/)/g;

export function basePath(base = ''): BasePath {
  return {
    base,
    of: (path) => base + path,
    inPage: (html) => (base === '' ? html : html.replace(ADDRESS, `$1${base}`)),
    without: ({ url = '/' }) => (url.startsWith(`${base}/`) ? url.slice(base.length) : url),
  };
}
