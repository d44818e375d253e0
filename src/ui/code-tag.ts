import { codeWords } from '../shared/text/code-words.ts';
import { visible } from './format.ts';
import { html, type Markup } from './markup.ts';

/** A code as a page shows it: in words where it has some, with the code on hover. */
export function codeTag(code: string): Markup {
  const words = codeWords(code);
  return words === undefined
    ? html`<code>${visible(code)}</code>`
    : html`<span class="words" title="${code}">${words}</span>`;
}
