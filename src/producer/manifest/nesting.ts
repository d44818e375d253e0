import type { TextFault } from './decode.ts';

/** Deeper than any manifest has to be; the YAML parser's stack would end near 900. */
const MAX_DEPTH = 20;

/**
 * Finds nesting that is too deep before the parser meets it: open brackets outside of quotes and
 * comments, and steps of indentation. Counts lines, so it is linear in the file.
 */
export function tooDeep(text: string): TextFault | undefined {
  let flow = 0;
  const indents: number[] = [];
  let line = 0;
  for (const content of text.split('\n')) {
    line += 1;
    const body = content.trimStart();
    if (body === '' || body.startsWith('#')) continue;
    const depth = blockDepth(indents, content.length - body.length, body);
    flow = Math.max(0, flow + openBrackets(body));
    if (depth + flow > MAX_DEPTH) {
      const message = `is nested too deep; allowed are ${MAX_DEPTH} levels`;
      return { line, column: content.length - body.length + 1, message };
    }
  }
  return undefined;
}

/** `- - - a` opens a level with each dash. */
function blockDepth(indents: number[], indent: number, body: string): number {
  while ((indents.at(-1) ?? -1) >= indent) indents.pop();
  indents.push(indent);
  const dashes = /^(- +)+/.exec(body)?.[0].match(/-/g)?.length ?? 0;
  return indents.length + Math.max(0, dashes - 1);
}

function openBrackets(body: string): number {
  if (!/[[\]{}]/.test(body)) return 0;
  const bare = body.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '').replace(/(^|\s)#.*$/, '');
  return (bare.match(/[[{]/g)?.length ?? 0) - (bare.match(/[\]}]/g)?.length ?? 0);
}
