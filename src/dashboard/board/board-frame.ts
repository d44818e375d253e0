import { obstacleText } from '../../shared/outlook/words.ts';
import { visible } from '../../ui/format.ts';
import { html } from '../../ui/markup.ts';
import type { BasePath } from '../addresses.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { BOARD_STYLE_PATH } from '../pages/page-frame.ts';

/** Fonts from other hosts: the policy refuses them, and no other host shall learn of a visit. */
const FOREIGN_LINKS = /<link\b[^>]*\bhref="https?:[^>]*>/g;

/** A page of Bull Board with our bar: the way back, and why the project does not advance. */
export function inBoardFrame(page: string, { outlook }: Snapshot, at: BasePath): string {
  const obstacle = outlook.obstacles.find(({ batch }) => batch === undefined);
  const note = obstacle && html`<span>${visible(obstacleText(obstacle))}</span>`;
  const bar = html`<nav class="ferry-bar" aria-label="ims-ferry"><a href="${at.of('/')}">← Batches</a>${note}</nav>`;
  const style = html`<link rel="stylesheet" href="${at.of(BOARD_STYLE_PATH)}">`;
  return page
    .replace(FOREIGN_LINKS, '')
    .replace('</head>', () => `${style.text}</head>`)
    .replace(/<body[^>]*>/, (body) => `${body}${bar.text}`);
}
