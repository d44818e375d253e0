import type { BatchView } from '../../producer/live/overview.ts';
import { html, type Markup } from '../../producer/report/html/markup.ts';
import { bar, legend } from '../../producer/report/html/summary-sections.ts';
import type { Task } from '../actions/tasks.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { actionRow } from './action-row.ts';
import { batchHead } from './batch-state.ts';
import { batchTiles } from './batch-tiles.ts';
import { type ImageList, imageList } from './image-list.ts';
import type { Viewer } from './page-frame.ts';
import { othersBanner, stopBanner, taskList } from './parts.ts';
import { troubleSection } from './trouble-section.ts';

/** Everything that the page of a batch shows. */
export interface BatchPage {
  readonly view: BatchView;
  readonly snapshot: Snapshot;
  readonly list: ImageList;
  readonly tasks: readonly Task[];
  readonly viewer: Viewer;
}

/** The page of one batch. */
export function batchPart(page: BatchPage): Markup {
  const { view, snapshot, viewer, list, tasks } = page;
  const { summary } = view;
  return html`${batchHead(summary)}
${stopBanner(snapshot.stop, viewer)}
${othersBanner(snapshot.others)}
${actionRow(summary, viewer)}
${taskList(tasks, snapshot.at)}
${batchTiles(view, snapshot)}
<section class="card states" aria-labelledby="states-title"><h2 id="states-title">Images by state</h2>
${bar(summary)}${legend(summary)}</section>
${troubleSection(summary, viewer)}
${imageList(list, summary)}`;
}
