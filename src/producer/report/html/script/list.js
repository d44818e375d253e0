// The list: what is searched, chosen and sorted, shown page by page.
(() => {
  const { find, imageRow, total } = globalThis.ferry;
  const PAGE = 50;
  const byId = (id) => document.getElementById(id);
  const countText = (count) => count.toLocaleString('en-GB');
  const [search, sort, page] = ['search', 'sort', 'page'].map(byId);
  const heads = [...document.querySelectorAll('th[data-sort]')];
  const view = { images: [], key: '', down: false, page: 1 };
  const pages = () => Math.max(1, Math.ceil(view.images.length / PAGE));

  function draw() {
    view.page = Math.min(Math.max(1, view.page), pages());
    const start = (view.page - 1) * PAGE;
    const part = view.images.slice(start, start + PAGE);
    const range = `${countText(start + 1)}–${countText(start + part.length)}`;
    byId('rows').replaceChildren(...part.map(imageRow));
    byId('found').textContent =
      part.length === 0
        ? 'No image matches.'
        : `Images ${range} of ${countText(view.images.length)}`;
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
    view.images = find({ words, state: value === '' ? undefined : Number(value) }, view);
    view.page = 1;
    for (const head of heads) {
      if (head.dataset.sort !== view.key) head.removeAttribute('aria-sort');
      else head.setAttribute('aria-sort', view.down ? 'descending' : 'ascending');
    }
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
    waiting = setTimeout(update, total > 5000 ? 150 : 0);
  });
  search.form.addEventListener('submit', (event) => event.preventDefault());
  for (const radio of document.querySelectorAll('input[name=state]')) {
    radio.addEventListener('change', update);
  }
  // Of durations the longest are what is looked for first.
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
