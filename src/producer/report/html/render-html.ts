import { createHash } from 'node:crypto';
import type { BatchReport } from '../model/batch-report.ts';
import { chartTable } from './chart-table.ts';
import { charts } from './charts.ts';
import { imageSection } from './image-sections.ts';
import { html, trusted } from './markup.ts';
import { pageData } from './page-data.ts';
import { readPart, readStyle } from './read-part.ts';
import { MARKS } from './states.ts';
import { header, stateBar, tiles } from './summary-sections.ts';
import { failures, slowest } from './trouble-sections.ts';
import { shown } from './wording.ts';

/** Tells the style sheet, before anything is drawn, that the list will be there. */
const HAS_SCRIPT = "document.documentElement.classList.add('js')";

const STYLES = ['base', 'summary', 'charts', 'list', 'narrow', 'print'] as const;
/** Each builds on those before it. */
const SCRIPTS = ['images', 'image-row', 'list'] as const;

/**
 * The report as one page that loads nothing: style, script and data are in it, and its policy allows
 * exactly these.
 */
export function renderHtml(report: BatchReport): string {
  const style = STYLES.map(readStyle).join('\n');
  const script = SCRIPTS.map((name) => readPart(`script/${name}.js`)).join('\n');
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(HAS_SCRIPT)} ${hashOf(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${shown(report.batch)} – import report</title>
<script>${trusted(HAS_SCRIPT)}</script>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#images">To the list of images</a>
${MARKS}
${header(report)}
<main>
${tiles(report)}
${stateBar(report)}
${failures(report)}
${charts(report)}
${chartTable(report.series)}
${slowest(report)}
${imageSection(report)}
</main>
<footer><p>Made by <b>ims-ferry</b> from its ledger. All times are UTC. This page loads nothing from anywhere.</p></footer>
<script type="application/json" id="data">${trusted(pageData(report))}</script>
<script>${trusted(script)}</script>
</body>
</html>
`;
  return page.text;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
