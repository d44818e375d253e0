import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/**
 * Counts what Vitest reported. Files that could not even be loaded count as one failed test each, and
 * whatever else made Vitest fail (no report, an unhandled error) as one: a failure never reads as 0.
 */
export function countTests(reportFile: string, vitestPassed: boolean): Counts {
  const report = readReport(reportFile);
  if (!report) return { passed: 0, failed: 1 };
  const broken = report.testResults.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const failed = report.numFailedTests + broken;
  return { passed: report.numPassedTests, failed: vitestPassed ? failed : Math.max(1, failed) };
}

function readReport(file: string): z.infer<typeof Report> | undefined {
  try {
    return Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
