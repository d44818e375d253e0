import type { Bench, Findings, Table } from './bench.ts';

/** The section of one bench in docs/benchmarks.md. */
export function section(bench: Bench, findings: Findings, machine: string): string {
  return [
    `<!-- bench ${bench.name} -->`,
    `## ${bench.title}`,
    bench.about,
    `\`npm run bench -- ${bench.name}\`, ${machine}:`,
    ...findings.tables.map(tableText),
    ...(findings.verdicts.length === 0 ? [] : [verdictText(findings)]),
    ...findings.notes,
    `<!-- end of ${bench.name} -->`,
  ].join('\n\n');
}

function tableText({ caption, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(columns.map((_, index) => (index === 0 ? '---' : '---:')));
  return [`**${caption}**`, '', line(columns), rule, ...rows.map(line)].join('\n');
}

function verdictText({ verdicts }: Findings): string {
  return verdicts
    .map(({ goal, isMet, seen }) => `- ${isMet ? 'Met' : '**Missed**'}: ${goal}. ${seen}`)
    .join('\n');
}

/** The page with this section in place of its older one, else at its end. */
export function placed(page: string, name: string, text: string): string {
  const start = page.indexOf(`<!-- bench ${name} -->`);
  const mark = `<!-- end of ${name} -->`;
  const end = page.indexOf(mark);
  if (start === -1 || end === -1) return `${page.trimEnd()}\n\n${text}\n`;
  return `${page.slice(0, start)}${text}${page.slice(end + mark.length)}`;
}
