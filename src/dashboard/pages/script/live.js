// Follows what the server sends. Without this script the page loads itself anew now and then.
const region = document.querySelector('[data-live]');
const connection = document.getElementById('connection');
let source;

function say(text) {
  if (connection.textContent !== text) connection.textContent = text;
}

function show(markup) {
  const parsed = new DOMParser().parseFromString(markup, 'text/html');
  morphChildren(region, parsed.body);
}

function follow() {
  source?.close();
  source = new EventSource(region.dataset.live);
  source.addEventListener('open', () => say(''));
  source.addEventListener('page', ({ data }) => {
    say('');
    show(JSON.parse(data));
    document.documentElement.dataset.live = 'on';
  });
  source.addEventListener('trouble', () =>
    say('Redis does not answer. Trying again; imports are not lost.'),
  );
  source.addEventListener('gone', () => {
    source.close();
    say('This is not there any more.');
  });
  source.addEventListener('error', () => {
    say('The dashboard does not answer. Trying again.');
    // A browser gives up where the answer was no event stream: full, or the login has ended.
    if (source.readyState === EventSource.CLOSED) setTimeout(resume, 15_000);
  });
}

function resume() {
  if (!document.hidden) follow();
}

// A page that nobody sees costs nothing.
document.addEventListener('visibilitychange', () => {
  if (!region) return;
  if (document.hidden) source?.close();
  else follow();
});

/** Shows another view of the same page: other images, another order. */
function turnTo(address) {
  const form = document.getElementById('search');
  for (const name of ['state', 'sort']) {
    form.elements[name].value = address.searchParams.get(name) ?? '';
  }
  region.dataset.live = `${address.pathname}/live${address.search}`;
  follow();
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-view]') : null;
  const isPlain =
    event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || !window.EventSource) return;
  event.preventDefault();
  const address = new URL(link.href);
  const form = document.getElementById('search');
  form.elements.q.value = address.searchParams.get('q') ?? '';
  history.pushState(null, '', address);
  turnTo(address);
  if (!link.closest('#images'))
    document.getElementById('images')?.scrollIntoView({ block: 'start' });
});

window.addEventListener('popstate', () => {
  const form = document.getElementById('search');
  if (!form) return;
  const address = new URL(location.href);
  form.elements.q.value = address.searchParams.get('q') ?? '';
  turnTo(address);
});

function search() {
  const form = document.getElementById('search');
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
  // Twice pressed is once meant.
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = '1';
});

if (region && window.EventSource) follow();
