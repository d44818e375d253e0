/** Colours that are readable on the dark ground, by the numbers of a terminal. */
const COLOURS: Readonly<Record<string, string>> = {
  ...{ 31: '#ff7b72', 32: '#3fb950', 33: '#d29922', 34: '#58a6ff', 35: '#bc8cff', 36: '#39c5cf' },
  ...{ 2: '#8b949e', 90: '#8b949e' },
};
const PLAIN = new Set(['0', '', '22', '39']);

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** A line of a terminal with its colours, as the content of an SVG text. */
function spans(line: string): string {
  const [first = '', ...styled] = line.split('\u001b[');
  let style = '';
  const rest = styled.map((part) => {
    const end = part.indexOf('m');
    for (const code of part.slice(0, end).split(';')) {
      if (PLAIN.has(code)) style = '';
      else if (code === '1') style += ' font-weight="bold"';
      else if (COLOURS[code] !== undefined) style += ` fill="${COLOURS[code]}"`;
    }
    const text = escaped(part.slice(end + 1));
    return style === '' || text === '' ? text : `<tspan${style}>${text}</tspan>`;
  });
  return `${escaped(first)}${rest.join('')}`;
}

/** A window of a terminal with these lines. */
export function terminalPicture(title: string, lines: readonly string[]): string {
  const height = 44 + 19 * lines.length;
  const rows = lines.map(
    (line, at) => `<text x="18" y="${52 + 19 * at}" xml:space="preserve">${spans(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 ${height}" width="860" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">
<title>${escaped(title)}</title>
<rect width="860" height="${height}" rx="10" fill="#161b22"/>
<g fill="#484f58"><circle cx="22" cy="18" r="6"/><circle cx="42" cy="18" r="6"/><circle cx="62" cy="18" r="6"/></g>
${rows.join('\n')}
</svg>
`;
}
