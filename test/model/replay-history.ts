import { MOVES, MOVES_BESIDE } from './allowed-moves.ts';

/** A change of state as a worker has logged it. */
interface Move {
  readonly key: string;
  readonly revision: number;
  readonly from: string;
  /** The state after it, with `held` as a state of its own. */
  readonly to: string;
}

/** A line that says: Redis went back to an older state, so moves need not follow each other. */
export const FELL_BACK = 'Redis fell back';

const ALLOWED: ReadonlySet<string> = new Set([...MOVES, ...Object.keys(MOVES_BESIDE)]);

/**
 * What workers have logged of one test, held against the model: every move must be one that the model
 * knows, and two moves of which one follows the other at once must fit together. Answers what does not.
 */
export function replayHistory(lines: readonly string[]): readonly string[] {
  const isBroken = lines.includes(FELL_BACK);
  const byKey = new Map<string, Move[]>();
  for (const move of lines.flatMap(toMove)) {
    const moves = byKey.get(move.key);
    if (moves) moves.push(move);
    else byKey.set(move.key, [move]);
  }
  return [...byKey.values()].flatMap((moves) =>
    replayOne(
      moves.toSorted((a, b) => a.revision - b.revision),
      isBroken,
    ),
  );
}

function replayOne(moves: readonly Move[], fellBack: boolean): readonly string[] {
  // A revision that comes twice: Redis was emptied in between.
  const isBroken = fellBack || new Set(moves.map(({ revision }) => revision)).size < moves.length;
  return moves.flatMap((move, index) => {
    const before = moves[index - 1];
    const follows = !isBroken && before !== undefined && before.revision + 1 === move.revision;
    const text = `${move.key.slice(0, 8)} at revision ${move.revision}: ${move.from} → ${move.to}`;
    if (follows && plain(before.to) !== move.from) return [`${text}, but it was ${before.to}`];
    // A line does not say whether it was held before: what came before it may.
    const from =
      move.from !== 'unknown' ? [move.from] : follows ? [before.to] : ['unknown', 'held'];
    const isKnown = from.some((name) => ALLOWED.has(`${name} → ${move.to}`));
    return isKnown ? [] : [`${text} is no move of the model`];
  });
}

function plain(state: string): string {
  return state === 'held' ? 'unknown' : state;
}

/** A line that was cut off with its process is none. */
function toMove(line: string): readonly Move[] {
  if (!line.includes('"import moved"')) return [];
  try {
    const { key, revision, from, to, held } = JSON.parse(line) as Record<string, unknown>;
    const isHeld = to === 'unknown' && held === true;
    const move = { key: String(key), revision: Number(revision), from: String(from) };
    return [{ ...move, to: isHeld ? 'held' : String(to) }];
  } catch {
    return [];
  }
}
