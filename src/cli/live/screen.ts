import type { Io } from '../io.ts';

/** The terminal while something is drawn on all of it. */
export interface Screen {
  draw(lines: readonly string[]): void;
  /** Puts the terminal back as it was; the last lines stay readable there. */
  end(): void;
}

const ALTERNATE = '\u001b[?1049h\u001b[?25l';
const NORMAL = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** The other screen of the terminal, so that nothing of what was there is lost. */
export function openScreen({ draw, err }: Pick<Io, 'draw' | 'err'>): Screen {
  let last: readonly string[] = [];
  draw(ALTERNATE);
  return {
    draw: (lines) => {
      last = lines;
      // Line by line over what is there: clearing all of it first would flicker.
      draw(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`);
    },
    end: () => {
      draw(NORMAL);
      for (const line of last.slice(0, -2)) err(line);
    },
  };
}
