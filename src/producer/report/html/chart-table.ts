import type { Series } from '../model/batch-report.ts';
import { utcTime } from '../times.ts';
import { html, type Markup } from './markup.ts';
import { whole } from './wording.ts';

/** What the charts show, for those who cannot see them or want the numbers. */
export function chartTable({ from, intervalMs, buckets }: Series): Markup {
  const rows = buckets.map(
    ({ succeeded, failed, inFlight }, index) =>
      html`<tr><th scope="row">${utcTime(from + index * intervalMs)}</th><td>${whole(succeeded)}</td><td>${whole(failed)}</td><td>${whole(inFlight)}</td></tr>`,
  );
  return html`<details class="figures"><summary>The charts in numbers</summary>
<div class="scroll" tabindex="0" role="region" aria-label="The charts in numbers"><table><thead><tr><th scope="col">From (UTC)</th><th scope="col">Succeeded</th><th scope="col">Failed</th><th scope="col">Most in flight</th></tr></thead><tbody>${rows}</tbody></table></div>
</details>`;
}
