import { type ImageBody, imageBody } from './image-body.ts';
import type { StoredImage } from './image-store.ts';
import type { Moment } from './job-life.ts';

export interface Page {
  readonly images: readonly ImageBody[];
  readonly limit: number;
  /** The id after which the next page begins; absent on the last one. */
  readonly next?: string;
}

export interface PageWish {
  readonly query: URLSearchParams;
  /** The page size without `limit`, and the largest one. */
  readonly sizes: { readonly usual: number; readonly largest: number };
  readonly moment: Moment;
}

const SORT_KEYS = [
  'name',
  'container_format',
  'disk_format',
  'status',
  'id',
  'size',
  'created_at',
  'updated_at',
];

/** One page: sorted, after `marker` (exclusive), at most `limit`. */
export function pageOf(
  found: readonly StoredImage[],
  { query, sizes, moment }: PageWish,
): Page | 'bad marker' | 'bad query' {
  const key = query.get('sort_key') ?? 'created_at';
  const limit = Math.min(sizes.largest, Number(query.get('limit') ?? sizes.usual));
  if (!SORT_KEYS.includes(key) || !Number.isInteger(limit) || limit < 0) return 'bad query';
  const direction = query.get('sort_dir') === 'asc' ? 1 : -1;
  const sorted = found.toSorted(order(key, direction, moment));
  const marker = query.get('marker');
  const after = marker === null ? -1 : sorted.findIndex(({ id }) => id === marker);
  if (marker !== null && after < 0) return 'bad marker';
  const rows = sorted.slice(after + 1, after + 1 + limit);
  const last = rows.at(-1);
  const hasMore = last !== undefined && after + 1 + limit < sorted.length;
  return {
    images: rows.map((image) => imageBody(image, moment)),
    limit,
    ...(hasMore ? { next: last.id } : {}),
  };
}

function order(key: string, direction: number, moment: Moment) {
  const byId = (a: StoredImage, b: StoredImage) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  if (key === 'created_at') {
    return (a: StoredImage, b: StoredImage) =>
      (a.createdAt - b.createdAt) * direction || byId(a, b);
  }
  const text = (image: StoredImage) => String(imageBody(image, moment)[key]);
  return (a: StoredImage, b: StoredImage) => {
    const [x, y] = [text(a), text(b)];
    return (x < y ? -1 : x > y ? 1 : 0) * direction || byId(a, b);
  };
}

/** The address of the next page. */
export function nextLink(path: string, query: URLSearchParams, page: Page): string {
  const next = new URLSearchParams(query);
  next.set('limit', String(page.limit));
  next.set('marker', page.next ?? '');
  return `${path}?${next}`;
}
