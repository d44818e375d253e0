/** Chinese, Japanese and Korean characters and emoji are two columns wide in a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;

/** The width of a text in terminal columns. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

/** Filled with spaces to this width; longer texts stay as they are. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** At most this wide; a text that is cut ends with `…`. */
export function cutTo(text: string, columns: number): string {
  return widthOf(text) <= columns ? text : `${firstColumns(text, columns - 1)}…`;
}

/** As many characters as fit into this width. */
export function firstColumns(text: string, columns: number): string {
  let kept = '';
  let left = columns;
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) break;
    kept += character;
  }
  return kept;
}

/**
 * A text behind a head, broken between words into lines of at most `columns`; the later ones begin below
 * the text. Words are never cut: names and addresses are copied.
 */
export function hang(head: string, text: string, columns: number): readonly string[] {
  const indent = ' '.repeat(widthOf(head));
  const lines: string[] = [];
  let line = head;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    const longer = isEmpty ? `${line}${word}` : `${line} ${word}`;
    if (!isEmpty && widthOf(longer) > columns) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = longer;
    isEmpty = false;
  }
  return [...lines, line];
}
