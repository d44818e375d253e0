// Shows what the server sends. Without this script a page reloads itself every ten seconds.
const region = document.querySelector('[data-live]');
const connection = document.getElementById('connection');
let source;

function report(text) {
  if (connection.textContent !== text) connection.textContent = text;
}

function follow() {
  source?.close();
  source = new EventSource(region.dataset.live);
  source.addEventListener('open', () => report(''));
  source.addEventListener('page', ({ data }) => {
    report('');
    const parsed = new DOMParser().parseFromString(JSON.parse(data), 'text/html');
    document.dispatchEvent(new CustomEvent('ferry:arrived', { detail: parsed.body }));
    morphChildren(region, parsed.body);
    document.dispatchEvent(new CustomEvent('ferry:shown'));
    document.documentElement.dataset.live = 'on';
  });
  source.addEventListener('trouble', () =>
    report('Redis is not answering. Retrying; no import is lost.'),
  );
  source.addEventListener('gone', () => {
    source.close();
    report('This page no longer exists.');
  });
  source.addEventListener('error', () => {
    report('The dashboard is not answering. Retrying.');
    // A browser gives up when the answer is no event stream: too many viewers, or not logged in.
    const isOver = source.readyState === EventSource.CLOSED;
    if (isOver) setTimeout(() => document.hidden || follow(), 15_000);
  });
}

// A hidden page causes no load.
document.addEventListener('visibilitychange', () => {
  if (!region) return;
  if (document.hidden) source?.close();
  else follow();
});

const searchForm = () => document.getElementById('search');

/** Shows another view of the same page: other images, or another order. */
function turnTo(address) {
  for (const field of searchForm().querySelectorAll('[type=hidden]')) {
    field.value = address.searchParams.get(field.name) ?? '';
  }
  region.dataset.live = `${address.pathname.replace(/\/$/, '')}/live${address.search}`;
  follow();
}

/** The same, with the words to search for taken from the address. */
function open(address) {
  searchForm().elements.q.value = address.searchParams.get('q') ?? '';
  turnTo(address);
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-view]') : null;
  const isPlain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !isPlain) return;
  event.preventDefault();
  const address = new URL(link.href);
  history.pushState(null, '', address);
  open(address);
  // The controls of the list stay where they are; another page of it begins at its top.
  const isControl = link.closest('#list, .history') && link.dataset.view !== 'page';
  if (!isControl) document.getElementById('list')?.scrollIntoView();
});

window.addEventListener('popstate', () => {
  if (searchForm()) open(new URL(location.href));
});

function search() {
  const form = searchForm();
  const address = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value !== '') address.searchParams.set(name, value);
  }
  history.replaceState(null, '', address);
  turnTo(address);
}

let typing;
document.addEventListener('input', (event) => {
  if (event.target.form?.id !== 'search') return;
  clearTimeout(typing);
  typing = setTimeout(search, 250);
});

document.addEventListener('submit', (event) => {
  if (event.target.id === 'search') {
    event.preventDefault();
    clearTimeout(typing);
    search();
    return;
  }
  // A double click sends a form once. One that only shows a page may be sent again after going back.
  if (event.target.method === 'get') return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = '1';
});

// Changes the page into new markup and leaves alone what is the same: focus, selection and scroll
// position stay. Elements are matched by id, if they have one; `data-keep` is never touched.
function morph(now, wanted) {
  for (const { name } of [...now.attributes]) {
    if (!wanted.hasAttribute(name) && name !== 'open') now.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
  morphChildren(now, wanted);
}

function morphChildren(now, wanted) {
  const byId = new Map();
  for (const child of now.children) if (child.id) byId.set(child.id, child);
  let at = now.firstChild;
  for (const next of [...wanted.childNodes]) {
    const same = next.id ? byId.get(next.id) : undefined;
    if (same) {
      if (same === at) at = at.nextSibling;
      else now.insertBefore(same, at);
      if (!same.hasAttribute('data-keep')) morph(same, next);
    } else if (isAlike(at, next)) {
      const alike = at;
      at = at.nextSibling;
      if (alike.nodeType === Node.ELEMENT_NODE) morph(alike, next);
      else if (alike.data !== next.data) alike.data = next.data;
    } else {
      now.insertBefore(next, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function isAlike(now, wanted) {
  return (
    now !== null &&
    now.nodeType === wanted.nodeType &&
    now.nodeName === wanted.nodeName &&
    !now.id &&
    !wanted.id
  );
}

if (region) follow();
