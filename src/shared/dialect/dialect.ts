/** The two clouds that offer IMS. What differs between them stands in this folder, and nowhere else. */
export type Dialect = 'otc' | 'huawei';

/** Characters that the keys or the values of tags may have, and how many. */
export interface TagText {
  readonly most: number;
  /** One such character. */
  readonly allowed: RegExp;
  /** The same for a person. */
  readonly words: string;
}

/** What one cloud takes. Where its documents contradict each other, the wider one counts. */
export interface DialectRules {
  readonly name: string;
  readonly tags: {
    /** An image; our marker is one of them. */
    readonly most: number;
    readonly key: TagText;
    readonly value: TagText;
  };
  /** GB, smallest and largest. */
  readonly minDisk: Readonly<Record<'Linux' | 'Windows' | 'data', readonly [number, number]>>;
  /** Newer pages say that neither create nor quick import makes images of Windows any more. */
  readonly refusesWindows: boolean;
}

export const DIALECTS: Readonly<Record<Dialect, DialectRules>> = {
  otc: {
    name: 'OTC',
    tags: {
      most: 10,
      key: { most: 36, allowed: /[A-Za-z0-9\u4e00-\u9fff_-]/u, words: 'letters, digits, - and _' },
      value: {
        most: 43,
        allowed: /[A-Za-z0-9\u4e00-\u9fff_.-]/u,
        words: 'letters, digits, - . and _',
      },
    },
    // The API's text; the console wants 40 for system disks, and takes data disks from 1.
    minDisk: { Linux: [1, 1024], Windows: [1, 1024], data: [1, 2048] },
    refusesWindows: false,
  },
  huawei: {
    name: 'Huawei Cloud',
    tags: {
      most: 20,
      key: {
        most: 128,
        allowed: /[\p{L}\p{N} _.:+@-]/u,
        words: 'letters, digits, spaces and _ . : + - @',
      },
      value: {
        most: 255,
        allowed: /[\p{L}\p{N} _.:+@/-]/u,
        words: 'letters, digits, spaces and _ . : + - @ /',
      },
    },
    minDisk: { Linux: [10, 1024], Windows: [20, 1024], data: [40, 2048] },
    refusesWindows: true,
  },
};

export const ALL_DIALECTS = ['otc', 'huawei'] as const satisfies readonly Dialect[];

/** OTC's regions; every other region is one of Huawei. */
const OTC_REGIONS = new Set(['eu-de', 'eu-nl', 'eu-ch2']);

/** Told by the host of IAM, else by the region; one that is neither is taken for OTC. */
export function dialectOf(authUrl: string, region: string | undefined): Dialect {
  const host = URL.canParse(authUrl) ? new URL(authUrl).hostname : '';
  if (/(^|\.)t-systems\.com$/.test(host)) return 'otc';
  if (/(^|\.)(myhuaweicloud|huaweicloud)\.[a-z]+$/.test(host)) return 'huawei';
  const looksHuawei = /^[a-z]{2}-[a-z]+(-[a-z]+)?-\d{1,3}$/.test(region ?? '');
  return looksHuawei && !OTC_REGIONS.has(region ?? '') ? 'huawei' : 'otc';
}
