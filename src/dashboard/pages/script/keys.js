// "/" goes to the search; letters on buttons press them.
document.addEventListener('keydown', (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.closest?.('input, textarea, select, [contenteditable]')) return;
  if (key === '/') {
    const field = document.querySelector('#search [type=search]');
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
    return;
  }
  if (/^[a-z]$/.test(key)) document.querySelector(`a[data-key="${key}"]`)?.click();
});
