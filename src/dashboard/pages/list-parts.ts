import { formatCount } from '../../ui/format.ts';
import { html, type Markup } from '../../ui/markup.ts';

export interface Column {
  readonly label: string;
  /** Class of its cells. */
  readonly kind: string;
}

/** The head of a column that sorts by it. */
export function sortHead(
  { label, kind }: Column,
  { isOn, isDescending }: { readonly isOn: boolean; readonly isDescending: boolean },
  address: string,
): Markup {
  const order = isDescending ? 'descending' : 'ascending';
  return html`<th scope="col" class="${kind}"${isOn ? html` aria-sort="${order}"` : undefined}><a data-view href="${address}">${label}<span class="arrow" aria-hidden="true"></span></a></th>`;
}

/** Links to the other pages of a list; nothing where there is only one. */
export function pagerOf(
  at: number,
  pages: number,
  linkTo: (page: number) => string,
): Markup | undefined {
  if (pages === 1) return undefined;
  const link = (page: number, label: string, isActive: boolean): Markup =>
    isActive
      ? html`<a class="button" data-view="page" href="${linkTo(page)}">${label}</a>`
      : html`<span class="button off">${label}</span>`;
  return html`<nav class="pager" aria-label="Pages of the list">${link(1, 'First', at > 1)}${link(at - 1, 'Previous', at > 1)}
<span>Page ${formatCount(at)} of ${formatCount(pages)}</span>${link(at + 1, 'Next', at < pages)}${link(pages, 'Last', at < pages)}</nav>`;
}
