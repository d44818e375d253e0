import { isoTime } from '../../ui/format.ts';
import { type ImageRow, labelOf } from '../../ui/image-row.ts';
import { escapeHtml } from '../../ui/markup.ts';
import type { BatchReport } from './build-report.ts';

/**
 * JUnit XML: the batch is a suite, each image a case. A failed image is a failure, an unknown one an
 * error; cancelled and unfinished ones are skipped. Seconds count from submission to the end.
 */
export function renderJunit(report: BatchReport): string {
  const { batch, counts, total, durationMs } = report;
  const skipped = total - counts.succeeded - counts.failed - counts.unknown;
  const numbers = `tests="${total}" failures="${counts.failed}" errors="${counts.unknown}" skipped="${skipped}" time="${seconds(durationMs)}"`;
  const name = `name="${escapeXml(batch)}"`;
  const began = isoTime(report.beganAt).slice(0, 19);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="ims-ferry" ${numbers}>`,
    `  <testsuite ${name} ${numbers} timestamp="${began}">`,
    ...report.images.map((row) => testCase(batch, row)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(batch: string, row: ImageRow): string {
  const { kind, submittedAt, finishedAt } = row;
  const tookMs =
    submittedAt === undefined || finishedAt === undefined ? 0 : finishedAt - submittedAt;
  const head = `    <testcase classname="${escapeXml(`${batch}.${kind}`)}" name="${escapeXml(labelOf(row))}" time="${seconds(tookMs)}"`;
  const inside = verdict(row);
  return inside === '' ? `${head}/>` : `${head}>${inside}</testcase>`;
}

function verdict(row: ImageRow): string {
  switch (row.state) {
    case 'succeeded':
      return '';
    case 'failed':
      return problem('failure', row);
    case 'unknown':
      return problem('error', row);
    default:
      return `<skipped message="${row.state}"/>`;
  }
}

function problem(element: 'failure' | 'error', row: ImageRow): string {
  const { error, jobId, imageId, imageUrl } = row;
  const { code = '', message = '', advice, requestId } = error ?? {};
  const ids = [requestId && `request ${requestId}`, jobId && `job ${jobId}`];
  const details = [message, advice, ...ids, imageId && `image ${imageId}`, `source ${imageUrl}`];
  const text = escapeXml(details.filter((detail) => detail).join('\n'));
  return `<${element} type="${escapeXml(code)}" message="${escapeXml(`${code}: ${message}`)}">${text}</${element}>`;
}

function seconds(ms: number): string {
  return (Math.max(0, ms) / 1000).toFixed(3);
}

/** Characters that XML 1.0 cannot hold, not even as a number, are left out. */
const NOT_XML =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in it
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ud800-\udfff\ufffe\uffff]/gu;

/** A parser would turn a tab or the end of a line in an attribute into a space. */
function escapeXml(text: string): string {
  const escaped = escapeHtml(text.replace(NOT_XML, ''));
  return escaped.replace(/[\t\n\r]/g, (found) => `&#${found.charCodeAt(0)};`);
}
