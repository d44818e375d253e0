/** The two clouds that offer IMS. Everything that differs between them is in this folder. */
export type Dialect = 'otc' | 'huawei';

/** Characters that the keys or the values of tags may have, and how many. */
export interface TagText {
  readonly most: number;
  /** One such character. */
  readonly allowed: RegExp;
  /** The same for a person. */
  readonly words: string;
}

/** The field of a login that names an agency. */
export type AgencyField = 'xrole_name' | 'agency_name';

/** What differs between the clouds. Where the documents of one contradict each other, the wider rule counts. */
interface DialectRules {
  readonly name: string;
  /** Its region if a profile of clouds.yaml names none. */
  readonly defaultRegion?: string;
  /** Its own field first; the other one is tried if it is not known. */
  readonly agencyFields: readonly [own: AgencyField, other: AgencyField];
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
    defaultRegion: 'eu-de',
    agencyFields: ['xrole_name', 'agency_name'],
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
    agencyFields: ['agency_name', 'xrole_name'],
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

export function isDialect(name: string): name is Dialect {
  return Object.hasOwn(DIALECTS, name);
}
