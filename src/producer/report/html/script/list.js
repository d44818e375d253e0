// The list of images: read from the page's data, searched, filtered and sorted, shown page by page.
// Text from the data enters the page as text or as a number, never as markup.
(() => {
  const PAGE_SIZE = 50;
  const SVG = 'http://www.w3.org/2000/svg';
  // The shortest part of a timeline is this wide, in per cent.
  const MIN_SEGMENT = 0.6;
  const OUTCOME = { y: '-1', width: '12', height: '12', transform: 'translate(-6 0)' };

  const byId = (id) => document.getElementById(id);
  const { from, span, now, states, folders, systems, errors, rows } = JSON.parse(
    byId('data').textContent,
  );

  const TIMES = ['registered', 'submitted', 'accepted', 'finished'];
  const DETAILS = [
    'attempt',
    'polls',
    'job',
    'image',
    'error',
    'request',
    'shared',
    'differs',
    'disk',
    'pruned',
  ];
  const FIELDS = ['name', 'state', 'kind', 'folder', 'file', 'system', ...TIMES, ...DETAILS];
  const images = rows.map((row) => {
    const image = Object.fromEntries(FIELDS.map((field, at) => [field, row[at] ?? undefined]));
    const [style, word] = states[image.state];
    const source = folders[image.folder] + image.file;
    return { ...image, style, word, source, error: errors[image.error] };
  });

  // Durations in milliseconds; undefined where there is none.
  const waited = ({ submitted, registered }) =>
    submitted === undefined ? undefined : Math.max(0, submitted - registered);
  const inIms = ({ accepted, finished, style }) => {
    const end = finished ?? (style === 'creating' ? now : undefined);
    return accepted === undefined || end === undefined ? undefined : Math.max(0, end - accepted);
  };

  const matches = ({ name, source, error, job, image, request }, words) =>
    words === '' ||
    [name, source, error?.[0], job, image, request].some((text) =>
      text?.toLowerCase().includes(words),
    );

  // Names are compared once; afterwards their ranks are sorted.
  let ranks;
  function nameRank(image) {
    if (!ranks) {
      const { compare } = new Intl.Collator('en', { numeric: true });
      const byName = images.toSorted((a, b) => compare(a.name, b.name));
      ranks = new Map(byName.map((one, rank) => [one, rank]));
    }
    return ranks.get(image);
  }

  const VALUES = {
    name: nameRank,
    state: ({ state }) => state,
    finished: ({ finished }) => finished,
    waited,
    ims: inIms,
  };

  // Images without a value come last in either direction.
  function sorted(found, { key, down }) {
    const value = VALUES[key];
    if (!value) return found;
    const sign = down ? -1 : 1;
    const isNone = (one) => one === undefined;
    return found
      .map((image) => [value(image), image])
      .sort(([a], [b]) => isNone(a) - isNone(b) || (isNone(a) ? 0 : sign * (a - b)))
      .map(([, image]) => image);
  }

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

  // Times in the reader's zone, UTC on hover; without this script they are in UTC.
  const utcText = (at) => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  function localText(at, form) {
    const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
    const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    if (form === 'clock-second') return clock;
    if (form === 'clock') return clock.slice(0, 5);
    return form === 'day' ? `${day} ${clock.slice(0, 5)}` : `${at.getFullYear()}-${day} ${clock}`;
  }
  for (const one of document.querySelectorAll('[data-form]')) {
    const at = new Date(one.dateTime ?? one.dataset.at);
    one.textContent = localText(at, one.dataset.form);
    if (one.dateTime) one.title = utcText(at);
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (new Date(from).getTimezoneOffset() !== 0) {
    byId('zone').textContent = `Times are those of your zone (${zone}), with UTC on hover.`;
  }
  function timeOf(ms) {
    if (ms === undefined) return '–';
    const at = new Date(from + ms);
    return element('time', { datetime: at.toISOString(), title: utcText(at) }, localText(at));
  }

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
  const icon = (style) => {
    const attributes = { class: `mark is-${style}`, 'aria-hidden': 'true' };
    return drawing('svg', attributes, drawing('use', { href: `#mark-${style}` }));
  };

  const percent = (ms) => Math.min(100, Math.max(0, (100 * ms) / Math.max(1, span)));
  function segment(style, start, stop) {
    if (stop <= start) return undefined;
    const x = Math.min(percent(start), 100 - MIN_SEGMENT);
    const width = Math.max(MIN_SEGMENT, percent(stop) - percent(start));
    return drawing('rect', { class: style, x: `${x}%`, width: `${width}%`, height: '100%' });
  }
  function timeline({ style, registered, submitted, accepted, finished }) {
    const end = finished ?? now;
    const sent = submitted ?? end;
    const taken = submitted === undefined ? end : (accepted ?? end);
    const place = { href: `#mark-${style}`, class: `is-${style}`, x: `${percent(end)}%` };
    return drawing(
      'svg',
      { class: 'timeline', 'aria-hidden': 'true' },
      segment('waiting', registered, sent),
      segment('is-submitting', sent, taken),
      segment('is-creating', taken, end),
      finished === undefined ? undefined : drawing('use', { ...place, ...OUTCOME }),
    );
  }

  function details(image) {
    const [code, message, advice] = image.error ?? [];
    const facts = [
      ['Error', code && `${code}: ${message}`],
      ['What to do', advice],
      ['Request', image.request],
      ['Not as requested', image.differs],
      ['Shared', image.shared],
      ['Source', image.source],
      ['File', image.disk],
      ['OS', systems[image.system]],
      ['IMS job', image.job],
      ['Image', image.image],
      ['Kind', image.kind],
      ['Attempt', String(image.attempt)],
      ['Polls', String(image.polls)],
      ['Registered', timeOf(image.registered)],
      ['Submitted', timeOf(image.submitted)],
      ['Accepted by IMS', timeOf(image.accepted)],
      ['Finished', timeOf(image.finished)],
      ['Pruned', image.pruned === undefined ? undefined : timeOf(image.pruned)],
    ];
    const list = facts
      .filter(([, text]) => text)
      .map(([name, text]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, element('bdi', {}, text))),
      );
    return element('dl', {}, ...list);
  }

  function imageRow(image) {
    const { name, style, word, error, attempt, differs, pruned } = image;
    const source = element('small', {}, element('bdi', {}, image.source));
    const note = (text) => element('small', {}, element('bdi', {}, text));
    const noted = differs && note(`Not as requested: ${differs}`);
    const gone = pruned === undefined ? undefined : note('Its image was pruned');
    const reason = error && element('small', {}, element('bdi', {}, `${error[0]}: ${error[1]}`));
    const label = { 'aria-expanded': 'false', 'aria-label': `Details of ${name}` };
    const button = element('button', { type: 'button', class: 'more', ...label });
    const row = element(
      'tr',
      { role: 'row' },
      element(
        'th',
        { role: 'rowheader', scope: 'row' },
        element('bdi', {}, name),
        source,
        reason,
        noted,
        gone,
      ),
      cell({ class: 'state' }, icon(style), attempt > 1 ? `${word} (attempt ${attempt})` : word),
      cell({ class: 'wide' }, timeline(image)),
      cell({ class: 'number', 'data-label': 'Waited' }, spanText(waited(image))),
      cell({ class: 'number', 'data-label': 'In IMS' }, spanText(inIms(image))),
      cell({ class: 'last' }, button),
    );
    button.addEventListener('click', () => {
      const opens = button.ariaExpanded !== 'true';
      button.ariaExpanded = String(opens);
      if (!opens) row.nextElementSibling.remove();
      else {
        const inside = cell({ colspan: '6' }, details(image));
        row.after(element('tr', { role: 'row', class: 'details' }, inside));
      }
    });
    return row;
  }

  const countText = (count) => count.toLocaleString('en-GB');
  const [search, sort, page] = ['search', 'sort', 'page'].map(byId);
  const heads = [...document.querySelectorAll('th[data-sort]')];
  const view = { images: [], key: '', down: false, page: 1 };
  const pages = () => Math.max(1, Math.ceil(view.images.length / PAGE_SIZE));

  function draw() {
    view.page = Math.min(Math.max(1, view.page), pages());
    const start = (view.page - 1) * PAGE_SIZE;
    const part = view.images.slice(start, start + PAGE_SIZE);
    const range = `${countText(start + 1)}–${countText(start + part.length)}`;
    byId('rows').replaceChildren(...part.map(imageRow));
    const found = `Images ${range} of ${countText(view.images.length)}`;
    byId('found').textContent = part.length === 0 ? 'No image matches.' : found;
    byId('none').hidden = part.length > 0;
    byId('pager').hidden = pages() === 1;
    byId('pages').textContent = `of ${countText(pages())}`;
    page.value = String(view.page);
    page.max = String(pages());
    for (const id of ['first', 'previous']) byId(id).disabled = view.page === 1;
    for (const id of ['next', 'last']) byId(id).disabled = view.page === pages();
  }

  function update() {
    const words = search.value.trim().toLowerCase();
    const { value } = document.querySelector('input[name=state]:checked');
    const isWanted = (image) => value === '' || image.state === Number(value);
    const found = images.filter((image) => isWanted(image) && matches(image, words));
    view.images = sorted(found, view);
    view.page = 1;
    const order = view.down ? 'descending' : 'ascending';
    for (const head of heads) head.ariaSort = head.dataset.sort === view.key ? order : null;
    sort.value = view.key;
    draw();
  }

  function sortBy(key, down) {
    view.key = key;
    view.down = down;
    update();
  }

  function showAll(words) {
    search.value = words;
    document.querySelector('input[name=state][value=""]').checked = true;
    update();
    search.focus({ preventScroll: true });
    byId('images').scrollIntoView();
  }

  function turnTo(number) {
    view.page = number;
    draw();
    byId('images').scrollIntoView();
  }

  let waiting;
  search.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, images.length > 5000 ? 150 : 0);
  });
  search.form.addEventListener('submit', (event) => event.preventDefault());
  for (const radio of document.querySelectorAll('input[name=state]')) {
    radio.addEventListener('change', update);
  }
  // The first click on a duration shows the longest.
  const longestFirst = (key) => key === 'waited' || key === 'ims';
  sort.addEventListener('change', () => sortBy(sort.value, longestFirst(sort.value)));
  for (const head of heads) {
    const { sort: key } = head.dataset;
    head.firstElementChild.addEventListener('click', () =>
      sortBy(key, view.key === key ? !view.down : longestFirst(key)),
    );
  }
  for (const button of document.querySelectorAll('[data-show]')) {
    button.addEventListener('click', () => showAll(button.dataset.show));
  }
  byId('clear').addEventListener('click', () => showAll(''));
  byId('first').addEventListener('click', () => turnTo(1));
  byId('previous').addEventListener('click', () => turnTo(view.page - 1));
  byId('next').addEventListener('click', () => turnTo(view.page + 1));
  byId('last').addEventListener('click', () => turnTo(pages()));
  page.addEventListener('change', () => turnTo(Math.floor(Number(page.value)) || 1));
  update();
})();
