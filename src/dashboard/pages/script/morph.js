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
