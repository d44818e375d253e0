import { escapeText } from '../../../shared/text/escape-text.ts';

/** Text from a manifest or a cloud with what cannot be seen made visible, direction marks too. */
export function shown(text: string): string {
  return escapeText(text);
}

/** `10,000`, or `1 image`, `2 images`. */
export function whole(count: number, noun?: string): string {
  const number = count.toLocaleString('en-GB');
  if (noun === undefined) return number;
  return `${number} ${noun}${count === 1 ? '' : 's'}`;
}
