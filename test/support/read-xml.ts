/** One element of XML 1.0 as a strict reader sees it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const TOKEN = /<\/([\w-]+)>|<([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

/** Reads what is written here and no more: throws on anything that is not well-formed. */
export function readXml(text: string): XmlElement {
  const bad = NOT_XML.exec(text);
  if (bad) throw new Error(`not a character of XML: ${JSON.stringify(bad[0])}`);
  const body = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const stack = [root];
  let end = 0;
  for (const match of body.matchAll(TOKEN)) {
    const [token, closed, opened, attributes = '', empty, characters] = match;
    end = match.index + token.length;
    const top = stack.at(-1) ?? root;
    if (characters !== undefined) top.text += decoded(characters);
    else if (closed !== undefined) {
      if (top.name !== closed) throw new Error(`${closed} ends ${top.name}`);
      stack.pop();
    } else {
      const element = { name: opened ?? '', attributes: read(attributes), children: [], text: '' };
      top.children.push(element);
      if (empty === '') stack.push(element);
    }
  }
  if (end !== body.length) throw new Error(`not XML: ${body.slice(end, end + 60)}`);
  const [only, ...others] = root.children;
  if (!only || others.length > 0 || stack.length !== 1) throw new Error('not one whole element');
  return only;
}

function read(attributes: string): Record<string, string> {
  const found = [...attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)];
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, decoded(value)]));
}

function decoded(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(text)) throw new Error(`a bare & in ${text}`);
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code: string | undefined, name: string) =>
    code === undefined ? (NAMED[name] ?? '') : String.fromCodePoint(Number(code)),
  );
}
