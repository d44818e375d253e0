import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { fileWords } from '../../ui/file-words.ts';
import { formatCount, visible } from '../../ui/format.ts';
import { type ImageRow, imageRow, labelOf } from '../../ui/image-row.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { retentionText, rulesFor } from '../../ui/retention-words.ts';
import { displayStateOf, stateName } from '../../ui/states.ts';
import { imagePath } from '../addresses.ts';

/** Where else an image can be looked at, and what its batch says of it. */
export interface Places {
  /** Of the cloud, where it is known: its page of images. */
  readonly consoleUrl?: string;
  /** Of the attempt, where traces are shown. */
  readonly traceUrl?: string;
  /** Of a copy its source, else its copies. */
  readonly related?: readonly LedgerEntry[];
  readonly of?: Pick<BatchSummary, 'notify' | 'retention'>;
}

/** What an image is and where it is to be found: the first that a person looks for. */
export function leadSection(entry: LedgerEntry, row: ImageRow, places: Places): Markup {
  const { request, key } = entry;
  const system = request.kind === 'system' ? (request.os_version ?? request.os_type) : undefined;
  const disk = formatCount(request.min_disk);
  const kind = `${KINDS[request.kind]}${request.quick_import ? ', quick import' : ''}${row.isEncrypted ? ', encrypted' : ''}`;
  return html`<section class="card" aria-labelledby="lead-title"><h2 id="lead-title">Image</h2>
<dl class="pairs">${pair('Source', copyable(request.image_url))}
${pair('Image id', copyable(row.imageId))}
${pair('IMS job', copyable(row.jobId))}
${pair('Kind', kind)}
${pair('Goes to', row.copyTo && html`<bdi>${visible(row.copyTo)}</bdi>`)}
${relatives(entry, places)}
${pair('Operating system', system && html`<bdi>${visible(system)}</bdi>`)}
${pair('File', entry.file && html`<bdi>${visible(fileWords(entry.file))}</bdi>`)}
${pair('Disk', `at least ${disk} GB`)}
${pair('Marker', copyable(key))}
${wishes(row, places)}
${links(places)}</dl></section>`;
}

const KINDS = { system: 'System disk', data: 'Data disk', copy: 'Copy' } as const;

/** Links to what it is a copy of, or to its copies, with their states. */
function relatives({ request, batches }: LedgerEntry, { related = [] }: Places): Part {
  const [batch = ''] = batches;
  const links = related.map((one) => {
    const row = imageRow(one, 0);
    const name = visible(labelOf(row));
    const link = html`<a href="${imagePath(batch, one.key)}"><bdi>${name}</bdi></a>`;
    return html`<div>${link} ${stateName(displayStateOf(row))}</div>`;
  });
  if (links.length === 0) return undefined;
  return pair(request.kind === 'copy' ? 'Copy of' : 'Copies', links);
}

/** What its manifest wants besides the import. */
function wishes(row: ImageRow, { of: { notify, retention } = {} }: Places): Part {
  const newest = retentionText(rulesFor(row, retention));
  return [
    pair('Notified', notify && html`<bdi>${visible(notify)}</bdi>`),
    pair('Retention', newest && html`<bdi>prune keeps ${visible(newest)}</bdi>`),
  ];
}

export function pair(name: string, value: Part): Markup | undefined {
  return value === undefined ? undefined : html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** Text that people need elsewhere; the page script copies it. */
function copyable(text: string | undefined): Part {
  if (text === undefined) return undefined;
  return html`<span class="copyable"><span class="id">${visible(text)}</span><button type="button" class="copy needs-script" data-copy="${text}" aria-label="Copy ${visible(text)}">Copy</button></span>`;
}

function links({ consoleUrl, traceUrl }: Places): Part {
  const link = (url: string, text: string): Markup =>
    html`<a href="${url}" rel="noreferrer" target="_blank">${text}</a>`;
  return [
    pair('Cloud', consoleUrl && link(consoleUrl, 'Images in the console')),
    pair('Trace', traceUrl && link(traceUrl, 'Trace of this attempt')),
  ];
}
