import { visible } from '../../ui/format.ts';
import { html, type Markup } from '../../ui/markup.ts';

/** A folder whose manifests are imported. */
export interface Inbox {
  readonly folder: string;
}

/** How to begin, where there is no batch yet. */
export function emptyState(inbox: Inbox | undefined): Markup {
  const drop = inbox
    ? html`<li>Move it into <code>${visible(inbox.folder)}</code> on the machine that runs this dashboard: it is imported at once.</li>`
    : html`<li>Submit it: <pre><code>ims-ferry submit images.yaml</code></pre>With <code>ims-ferry up inbox</code> or <code>ims-ferry watch inbox</code>, move it into the folder <code>inbox</code> instead.</li>`;
  return html`<section class="card nothing"><h2>There is no batch yet</h2>
<p>A batch starts with a manifest: a YAML, JSON or CSV file that lists images.</p>
<ol class="steps">
<li>Write one from a bucket, or by hand: <pre><code>ims-ferry init --bucket my-bucket --output images.yaml</code></pre></li>
<li>See what would happen: <pre><code>ims-ferry plan images.yaml</code></pre></li>
${drop}
</ol>
<p class="note">The batch appears here by itself. Something does not work? <code>ims-ferry doctor</code> names what is missing.</p></section>`;
}
