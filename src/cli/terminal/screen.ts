import type { Io } from '../io.ts';
import { hasColours, type Line, render } from './text.ts';

const ALTERNATE = '\u001b[?1049h\u001b[?25l';
const NORMAL = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** The terminal's alternate screen, so that its content is not lost. */
interface Screen {
  draw(lines: readonly Line[]): void;
  /** Puts the terminal back. */
  end(): void;
}

/** Also put back when the process ends in another way. */
export function openScreen({ draw, env, onExit }: Pick<Io, 'draw' | 'env' | 'onExit'>): Screen {
  const isColoured = hasColours(env, true);
  let isOpen = true;
  const end = (): void => {
    if (isOpen) draw(NORMAL);
    isOpen = false;
    forget?.();
  };
  const forget = onExit?.(end);
  draw(ALTERNATE);
  return {
    draw: (lines) => {
      const texts = lines.map((each) => `${render(each, isColoured)}${CLEAR_LINE}`);
      // Overwrites line by line: clearing the whole screen first would flicker.
      draw(`${HOME}${texts.join('\r\n')}${CLEAR_BELOW}`);
    },
    end,
  };
}
