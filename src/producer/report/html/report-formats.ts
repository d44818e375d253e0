import type { BatchReport } from '../build-report.ts';
import { renderCsv } from '../render-csv.ts';
import { renderJson } from '../render-json.ts';
import { renderHtml } from './render-html.ts';

/** What a dashboard offers of a batch. */
export const FORMATS = {
  html: renderHtml,
  csv: renderCsv,
  json: (report) => `${renderJson(report)}\n`,
} as const satisfies Readonly<Record<string, (report: BatchReport) => string>>;

export type ReportFormat = keyof typeof FORMATS;
