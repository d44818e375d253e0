// Selecting images, and copying ids.
const form = () => document.getElementById('selection');
const boxes = () => [...(form()?.querySelectorAll('[name=on]') ?? [])];

/** Each button counts the selected images that it can act on. */
function count() {
  if (!form()) return;
  const all = boxes();
  const picked = all.filter(({ checked }) => checked);
  for (const button of form().querySelectorAll('[data-does]')) {
    const able = picked.filter(({ dataset }) =>
      dataset.can.split(' ').includes(button.dataset.does),
    );
    button.disabled = able.length === 0;
    button.querySelector('.picked').textContent = able.length === 0 ? '' : ` ${able.length}`;
  }
  const text = picked.length === 0 ? 'Select images to act on them.' : `${picked.length} selected`;
  const shown = document.getElementById('picked');
  if (shown.textContent !== text) shown.textContent = text;
  const every = document.getElementById('pick-all');
  every.checked = all.length > 0 && picked.length === all.length;
  every.indeterminate = picked.length > 0 && picked.length < all.length;
}

let last;
document.addEventListener('click', ({ target, shiftKey }) => {
  if (target.name !== 'on') return;
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(target)].sort((a, b) => a - b);
  if (shiftKey && from >= 0) {
    for (const box of all.slice(from, to + 1)) box.checked = target.checked;
  }
  last = target;
  count();
});

document.addEventListener('change', ({ target }) => {
  if (target.id === 'pick-all') for (const box of boxes()) box.checked = target.checked;
  if (target.id === 'pick-all' || target.name === 'on') count();
});

document.addEventListener('ferry:shown', count);
window.addEventListener('pageshow', count);

document.addEventListener('click', async ({ target }) => {
  const button = target instanceof Element ? target.closest('[data-copy]') : null;
  if (!button) return;
  await copy(button.dataset.copy);
  button.textContent = 'Copied';
  setTimeout(() => {
    button.textContent = 'Copy';
  }, 2000);
});

/** Without TLS a browser has no clipboard for scripts, except by the old command. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

document.documentElement.classList.add('js');
count();
