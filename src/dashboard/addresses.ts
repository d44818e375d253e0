import type { IncomingMessage } from 'node:http';

export function batchPath(batch: string): string {
  return `/batches/${encodeURIComponent(batch)}`;
}

export function imagePath(batch: string, key: string): string {
  return `${batchPath(batch)}/images/${encodeURIComponent(key)}`;
}

export function reportPath(batch: string): string {
  return `/reports/${encodeURIComponent(batch)}`;
}

/** The formats in which the images of a batch can be downloaded. */
export const DOWNLOADS = ['html', 'csv', 'json'] as const;
export type Download = (typeof DOWNLOADS)[number];

export function downloadPath(batch: string, format: Download): string {
  return `${reportPath(batch)}/${format}`;
}

/**
 * A dashboard below a path (`/ferry`), behind a proxy that keeps that path or strips it: pages are
 * made without it, requests lose it on their way in, and addresses get it on their way out.
 */
export interface BasePath {
  /** Empty, or `/ferry`. */
  readonly base: string;
  /** One of our addresses, from the root. */
  readonly of: (path: string) => string;
  /** A page, or a part of one, with its addresses changed. */
  readonly inPage: (html: string) => string;
  /** The address of a request; `/ferry` without its slash stays as it is. */
  readonly without: (request: Pick<IncomingMessage, 'url'>) => string;
}

/** Text from outside has no quotes of its own in a page: only addresses that we wrote match. */
const ADDRESS = /( (?:href|src|action|formaction|data-live)=")(?=\/)/g;

export function basePath(base = ''): BasePath {
  return {
    base,
    of: (path) => base + path,
    inPage: (html) => (base === '' ? html : html.replace(ADDRESS, `$1${base}`)),
    without: ({ url = '/' }) => (url.startsWith(`${base}/`) ? url.slice(base.length) : url),
  };
}
