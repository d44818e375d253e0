/** What a client does about a 429. */
export type Reaction =
  /** Tries again after 1 s, 2 s, 4 s … 30 s, jittered, for as long as it takes. */
  | { readonly kind: 'back-off' }
  /** Sleeps a minute; gives the image up once the whole run has had `budget` of them. */
  | { readonly kind: 'minute'; readonly budget: number }
  /** Sleeps 1, 2, 4, 8 and 16 minutes, then gives the image up. */
  | { readonly kind: 'minutes' }
  /** Leaves a poll for the next one, up to 20 in a row; a create is sent again as by back-off. */
  | { readonly kind: 'next-poll' };

/** How a client of fixed intervals goes about an import. */
export interface PollStyle {
  /** Milliseconds from the answer to the create until the first poll. */
  readonly firstMs: number;
  /** Milliseconds between polls. */
  readonly everyMs: number;
  readonly on429: Reaction;
}

/** Of gophertelekomcloud, where the provider's default is not raised. */
const OTC_BUDGET = 5;

export const STYLES = {
  'p-limit': { firstMs: 10_000, everyMs: 10_000, on429: { kind: 'back-off' } },
  'tf-otc': { firstMs: 1000, everyMs: 1000, on429: { kind: 'minute', budget: OTC_BUDGET } },
  'tf-otc-patient': { firstMs: 1000, everyMs: 1000, on429: { kind: 'minute', budget: 1e9 } },
  'every-5': { firstMs: 5000, everyMs: 5000, on429: { kind: 'back-off' } },
  'tf-huawei': { firstMs: 10_000, everyMs: 10_000, on429: { kind: 'minutes' } },
  packer: { firstMs: 60_000, everyMs: 10_000, on429: { kind: 'next-poll' } },
} satisfies Record<string, PollStyle>;

export type StyleName = keyof typeof STYLES;

export function isStyleName(name: string): name is StyleName {
  return Object.hasOwn(STYLES, name);
}

/** Where a client stands that was throttled. */
export interface Throttled {
  /** The how manieth 429 in a row it is for this call, from 1; for polls, for this image. */
  readonly nth: number;
  /** 429s of the whole run, this one included. */
  readonly all: number;
  readonly isPoll: boolean;
  /** 0 to 1. */
  readonly chance: number;
}

/** Milliseconds until the same call is sent again, or that the image is given up. */
export function pauseAfter429(style: PollStyle, at: Throttled): number | 'give-up' {
  const backOff = Math.min(30_000, 1000 * 2 ** (at.nth - 1)) * (0.5 + at.chance);
  switch (style.on429.kind) {
    case 'back-off':
      return backOff;
    case 'minute':
      return at.all > style.on429.budget ? 'give-up' : 60_000;
    case 'minutes':
      return at.nth > 5 ? 'give-up' : 60_000 * 2 ** (at.nth - 1);
    case 'next-poll':
      if (!at.isPoll) return backOff;
      return at.nth > 20 ? 'give-up' : style.everyMs;
  }
}
