// Shows times in the reader's zone, and UTC on hover. Without this script they are in UTC.
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (number) => String(number).padStart(2, '0');

function textOf(at, form) {
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (form === 'clock') return clock;
  const now = new Date();
  const isToday = at.toDateString() === now.toDateString();
  if (form === 'short') {
    if (isToday) return clock;
    const year = at.getFullYear() === now.getFullYear() ? '' : ` ${at.getFullYear()}`;
    return `${at.getDate()} ${MONTHS[at.getMonth()]}${year} ${clock}`;
  }
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return form === 'minute' ? `${day} ${clock}` : `${day} ${clock}:${two(at.getSeconds())}`;
}

function localize(root) {
  for (const element of root.querySelectorAll('[data-form]')) {
    const at = new Date(element.dataset.at ?? element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = textOf(at, element.dataset.form);
    if (element.dateTime) {
      element.title = `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    }
  }
}

// Before the page takes it over: a time never flickers.
document.addEventListener('ferry:arrived', ({ detail }) => localize(detail));
localize(document);
