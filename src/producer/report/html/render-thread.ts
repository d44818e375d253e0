import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import type { ImageRow } from '../../../ui/image-row.ts';
import { buildReport } from '../build-report.ts';
import type { ToThread } from './render-apart.ts';
import { FORMATS } from './report-formats.ts';

const rows: ImageRow[] = [];
while (parentPort) {
  const [message] = (await once(parentPort, 'message')) as [ToThread];
  if (message.part === 'end') {
    const { summary, now, format } = message;
    const text = FORMATS[format](buildReport(summary, rows, now));
    const bytes = new TextEncoder().encode(text);
    parentPort.postMessage(bytes, [bytes.buffer]);
    break;
  }
  for (const row of message.rows) rows.push(row);
  parentPort.postMessage('next');
}
