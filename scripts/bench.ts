/** `npm run bench`: figures that anyone can repeat, written to docs/benchmarks.md. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BENCHES } from './bench/all.ts';
import type { Bench, Findings, Ground } from './bench/bench.ts';
import { closeRedis } from './bench/bench-redis.ts';
import { placed, section } from './bench/markdown.ts';

const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
const USAGE = `npm run bench -- [NAME …] [--scale S] [--dry]

Runs the benches that are named, else all, and writes what they find to docs/benchmarks.md.
  --scale S  a share of the documented size, for a quick look   (1)
  --dry      prints the sections instead of writing them; always so with another scale

${BENCHES.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n')}
`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function machine(): string {
  const processors = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${processors.length} × ${processors[0]?.model ?? 'unknown'}, Node ${process.version}`;
}

async function runOne(bench: Bench, options: Pick<Ground, 'scale' | 'path'>): Promise<Findings> {
  say(`${bench.name}: ${bench.title}`);
  const folder = await mkdtemp(join(tmpdir(), `ims-ferry-bench-${bench.name}-`));
  try {
    const tell = (line: string): void => say(`  ${line}`);
    return await bench.run({ ...options, folder, say: tell });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(bench: Bench, text: string, { files = new Map() }: Findings): Promise<void> {
  await writeFile(PAGE, placed(await readFile(PAGE, 'utf8'), bench.name, text));
  for (const [file, content] of files) {
    const path = join(dirname(PAGE), file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

async function runAll(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1' },
      dry: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const scale = Number(values.scale);
  const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (values.help === true) return say(USAGE);
  if (unknown.length > 0 || !(scale > 0 && scale <= 1)) throw new Error(USAGE);
  const chosen = BENCHES.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  );
  for (const bench of chosen) {
    const findings = await runOne(bench, { scale, path: process.env['PATH'] ?? '' });
    const text = section(bench, findings, machine());
    if (values.dry === true || scale !== 1) say(text);
    else await write(bench, text, findings);
  }
}

// Servers and workers of a bench end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void closeRedis().finally(() => process.exit(130)));
}

try {
  await runAll();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
// A server of a bench that failed would keep the process.
process.exit();
