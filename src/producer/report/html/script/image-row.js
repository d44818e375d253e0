// One image as rows of the table. Whatever comes from the data enters the page as text or as a
// number, never as markup.
globalThis.ferry.imageRow = (() => {
  const { from, span, now, waited, inIms } = globalThis.ferry;
  const SVG = 'http://www.w3.org/2000/svg';
  // So wide is the shortest part of a timeline, in per cent.
  const LEAST = 0.6;
  const END = { y: '-1', width: '12', height: '12', transform: 'translate(-6 0)' };

  const two = (number) => String(number).padStart(2, '0');
  function spanText(ms) {
    if (ms === undefined) return '–';
    if (ms < 9950) return `${(ms / 1000).toFixed(1)}s`;
    const seconds = Math.round(ms / 1000);
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    if (hours >= 48) return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
    if (hours > 0) return `${hours}h ${two(minutes % 60)}m`;
    return minutes > 0 ? `${minutes}m ${two(seconds % 60)}s` : `${seconds}s`;
  }
  const timeText = (ms) =>
    ms === undefined
      ? '–'
      : `${new Date(from + ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

  function filled(made, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== undefined));
    return made;
  }
  const element = (name, attributes, ...children) =>
    filled(document.createElement(name), attributes, children);
  const drawing = (name, attributes, ...children) =>
    filled(document.createElementNS(SVG, name), attributes, children);
  const cell = (attributes, ...children) =>
    element('td', { role: 'cell', ...attributes }, ...children);

  const mark = (look) =>
    drawing(
      'svg',
      { class: `mark is-${look}`, 'aria-hidden': 'true' },
      drawing('use', { href: `#mark-${look}` }),
    );

  const percent = (ms) => Math.min(100, Math.max(0, (100 * ms) / Math.max(1, span)));
  function bar(look, start, stop) {
    if (stop <= start) return undefined;
    const x = Math.min(percent(start), 100 - LEAST);
    const width = Math.max(LEAST, percent(stop) - percent(start));
    return drawing('rect', { class: look, x: `${x}%`, width: `${width}%`, height: '100%' });
  }
  function timeline({ look, registered, submitted, accepted, finished }) {
    const end = finished ?? now;
    const sent = submitted ?? end;
    const taken = submitted === undefined ? end : (accepted ?? end);
    const place = { href: `#mark-${look}`, class: `is-${look}`, x: `${percent(end)}%`, ...END };
    return drawing(
      'svg',
      { class: 'timeline', 'aria-hidden': 'true' },
      bar('waiting', registered, sent),
      bar('sending', sent, taken),
      bar('ims', taken, end),
      finished === undefined ? undefined : drawing('use', place),
    );
  }

  function details(image) {
    const [code, message, advice] = image.error ?? [];
    const facts = [
      ['Error', code && `${code}: ${message}`],
      ['What to do', advice],
      ['Request', image.request],
      ['IMS job', image.job],
      ['Image', image.image],
      ['Kind', image.kind],
      ['Attempt', String(image.attempt)],
      ['Polls', String(image.polls)],
      ['Registered', timeText(image.registered)],
      ['Submitted', timeText(image.submitted)],
      ['Accepted by IMS', timeText(image.accepted)],
      ['Finished', timeText(image.finished)],
    ];
    const list = facts
      .filter(([, text]) => text)
      .map(([name, text]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, element('bdi', {}, text))),
      );
    return element('dl', {}, ...list);
  }

  return (image) => {
    const { name, look, word, error } = image;
    const reason = error && element('small', {}, element('bdi', {}, `${error[0]}: ${error[1]}`));
    const button = element('button', {
      type: 'button',
      class: 'more',
      'aria-expanded': 'false',
      'aria-label': `Details of ${name}`,
    });
    const row = element(
      'tr',
      { role: 'row' },
      element('th', { role: 'rowheader', scope: 'row' }, element('bdi', {}, name), reason),
      cell({ class: 'state' }, mark(look), word),
      cell({ class: 'wide' }, timeline(image)),
      cell({ class: 'number', 'data-label': 'Waited' }, spanText(waited(image))),
      cell({ class: 'number', 'data-label': 'In IMS' }, spanText(inIms(image))),
      cell({ class: 'last' }, button),
    );
    button.addEventListener('click', () => {
      const opens = button.getAttribute('aria-expanded') !== 'true';
      button.setAttribute('aria-expanded', String(opens));
      if (!opens) row.nextElementSibling.remove();
      else {
        const inside = cell({ colspan: '6' }, details(image));
        row.after(element('tr', { role: 'row', class: 'details' }, inside));
      }
    });
    return row;
  };
})();
