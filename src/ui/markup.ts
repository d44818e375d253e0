/** Text that is already HTML. Only `html` and `trusted` make it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = string | number | Markup | undefined | readonly Part[];

/** A template whose values are escaped unless they are markup themselves. Lists are joined. */
export function html(texts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  let out = texts[0] ?? '';
  for (const [index, value] of values.entries()) out += markupOf(value) + (texts[index + 1] ?? '');
  return new Markup(out);
}

/** Markup from our own files: never anything from a manifest or a cloud. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function markupOf(value: Part): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(markupOf).join('');
  return escapeHtml(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe in text and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (found) => ENTITIES[found] ?? '');
}
