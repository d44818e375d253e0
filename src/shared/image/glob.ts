/** Which characters the wildcards of a pattern match. */
export interface GlobRules {
  /** `*` and `?` stop at a slash, and `**` matches anything. @default false: `*` matches slashes too */
  readonly hasFolders?: boolean;
}

/** A pattern that is ready to match. */
interface Glob {
  /** Reads each character once, in order. */
  readonly matches: (text: Iterable<string>) => boolean;
  /** Steps per character of a text: one for every 31 characters of the pattern. */
  readonly words: number;
}

const BITS = 31;
const ALL = 0x7fffffff;

/** Bit i of a set: the first i characters of the pattern have matched. */
type StateSet = Uint32Array<ArrayBuffer>;

/**
 * `*` matches any characters, `?` one; everything else itself. Matching follows all ways through the
 * pattern at once, one character at a time. It never goes back, as regular expressions do: they take
 * minutes for some patterns.
 */
export function compileGlob(pattern: string, { hasFolders = false }: GlobRules = {}): Glob {
  const compiled = compile(pattern, hasFolders);
  return { words: compiled.words, matches: (text) => run(compiled, text) };
}

function compile(pattern: string, hasFolders: boolean) {
  const parts = pattern.match(/\*+|[^*]/gsu) ?? [];
  const last = parts.filter((part) => !part.startsWith('*')).length;
  const words = Math.floor(last / BITS) + 1;
  const set = (): StateSet => new Uint32Array(words);
  // States that a character moves on from, by the character; absent: only those of `?`.
  const steps = new Map<string, StateSet>();
  const [anyStep, slashStep] = [set(), set()];
  // States of a star, which keeps any character, and those that also keep a slash.
  const [stay, slashStay] = [set(), set()];
  const wild: number[] = [];
  let at = 0;
  for (const part of parts) {
    if (part.startsWith('*')) {
      add(stay, at);
      if (!hasFolders || part.length > 1) add(slashStay, at);
      continue;
    }
    if (part === '?') wild.push(at);
    else {
      const own = steps.get(part) ?? set();
      steps.set(part, own);
      add(own, at);
    }
    at += 1;
  }
  for (const place of wild) {
    for (const own of [anyStep, ...steps.values()]) add(own, place);
    if (!hasFolders) add(slashStep, place);
  }
  // The pattern has a slash of its own, and `?` does not match one.
  const slash = steps.get('/');
  if (slash && hasFolders) for (const place of wild) remove(slash, place);
  return { words, last, steps, anyStep, slashStep: slash ?? slashStep, stay, slashStay };
}

function add(set: StateSet, state: number): void {
  const word = Math.floor(state / BITS);
  set[word] = (set[word] ?? 0) | (1 << (state % BITS));
}

function remove(set: StateSet, state: number): void {
  const word = Math.floor(state / BITS);
  set[word] = (set[word] ?? 0) & ~(1 << (state % BITS));
}

type Compiled = ReturnType<typeof compile>;

function run({ words, last, ...of }: Compiled, text: Iterable<string>): boolean {
  const states = new Uint32Array(words);
  states[0] = 1;
  for (const character of text) {
    const isSlash = character === '/';
    const step = isSlash ? of.slashStep : (of.steps.get(character) ?? of.anyStep);
    const stay = isSlash ? of.slashStay : of.stay;
    let carry = 0;
    let alive = 0;
    for (let word = 0; word < words; word += 1) {
      const before = states[word] ?? 0;
      const moved = before & (step[word] ?? 0);
      const now = ((moved << 1) & ALL) | carry | (before & (stay[word] ?? 0));
      carry = (moved >>> (BITS - 1)) & 1;
      states[word] = now;
      alive |= now;
    }
    if (alive === 0) return false;
  }
  return (((states[Math.floor(last / BITS)] ?? 0) >>> (last % BITS)) & 1) === 1;
}
