/** JSON but for its comments. Within a text without quotes, as YAML has them, `//` is no comment. */
const TOKEN = /\s+|"(?:[^"\\\n]|\\.)*"|[{}[\],:]|-?\d[\d.eE+-]*|true|false|null/y;
const COMMENT = /\/\/[^\r\n]*|\/\*[\s\S]*?\*\//y;

interface Uncommented {
  readonly text: string;
  /** Where the first comment begins; `undefined` if there is none. */
  readonly first: number | undefined;
}

/**
 * JSON as the documentation of IMS prints it, with blanks for its comments, so that all else keeps its
 * line and column. Any other text is returned as it is.
 */
export function withoutComments(text: string): Uncommented {
  const none = { text, first: undefined };
  if (!/\/[/*]/.test(text)) return none;
  const comments: (readonly [start: number, end: number])[] = [];
  let isInside = false;
  for (let at = 0; at < text.length; ) {
    const comment = endOf(COMMENT, text, at);
    const end = comment ?? endOf(TOKEN, text, at);
    if (end === undefined) break;
    if (comment !== undefined) comments.push([at, end]);
    // A manifest begins with a bracket; a comment may come before it.
    else if (!isInside && /\S/.test(text.slice(at, end))) {
      if (text[at] !== '{' && text[at] !== '[') return none;
      isInside = true;
    }
    at = end;
  }
  const [first] = comments;
  return isInside && first ? { text: blanked(text, comments), first: first[0] } : none;
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function blanked(text: string, comments: readonly (readonly [number, number])[]): string {
  let from = 0;
  const parts = comments.map(([start, end]) => {
    const part = text.slice(from, start) + text.slice(start, end).replace(/[^\r\n]/g, ' ');
    from = end;
    return part;
  });
  return parts.join('') + text.slice(from);
}
