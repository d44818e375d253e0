/** `npm run bench -- makespan`: how long a migration takes, and how many calls; docs/benchmarks.md. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CONTENDERS } from './bench/contenders.ts';
import { type Finish, type Race, runRace } from './bench/race.ts';
import { buildSection, placed } from './bench/report.ts';

const PAGE = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
const USAGE = `npm run bench -- makespan [--scale S] [--dry]

Imports 300 images with 20 and 40 in flight, by ims-ferry and by scripts that poll, in real time (about
40 minutes), and writes the figures to docs/benchmarks.md.
  --scale S  a share of the documented size, for a quick look; prints the figures only   (1)
  --dry      prints the figures instead of writing them`;

const LIMITS = [20, 40];
const SEEDS = [1, 2];
const IMAGES = 300;
const FEWEST_IMAGES = 60;
const MEDIAN_MS = 120_000;
const SHORTEST_MEDIAN_MS = 30_000;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function machine(): string {
  const processors = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${processors.length} × ${processors[0]?.model ?? 'unknown'}, Node ${process.version}`;
}

async function makespan(scale: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-bench-'));
  const images = Math.max(FEWEST_IMAGES, Math.round(IMAGES * scale));
  const medianMs = Math.max(SHORTEST_MEDIAN_MS, MEDIAN_MS * scale);
  // The longest races start first.
  const races = LIMITS.flatMap((limit) =>
    SEEDS.flatMap((seed) =>
      CONTENDERS.map((contender): Race => ({ contender, limit, seed, images, medianMs, folder })),
    ),
  );
  try {
    const finishes = await runSideBySide(races);
    return buildSection({ finishes, images, limits: LIMITS, machine: machine() });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Started one after the other: dozens of processes that start at once would slow each other down. */
async function runSideBySide(races: readonly Race[]): Promise<readonly Finish[]> {
  const finishes: Promise<Finish>[] = [];
  for (const race of races) {
    await new Promise<void>((underWay, fail) => {
      const finish = runRace(race, underWay);
      finish.then((is) => say(lineOf(race, is)), fail);
      finishes.push(finish);
    });
  }
  return Promise.all(finishes);
}

function lineOf({ contender, limit, seed }: Race, finish: Finish): string {
  const { isStopped, ratio, known, doubles, statusCalls, throttled } = finish;
  const end = `${isStopped ? 'stopped' : 'ended'} at ${ratio.toFixed(3)} of the bound`;
  const counts = `${known} known, ${doubles} twice, ${statusCalls} status calls, ${throttled} throttled`;
  return `${limit} in flight, seed ${seed}, ${contender.name}: ${end}, ${counts}`;
}

async function bench(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      scale: { type: 'string', default: '1' },
      dry: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const scale = Number(values.scale);
  if (values.help) return say(USAGE);
  if (positionals.some((name) => name !== 'makespan') || !(scale > 0 && scale <= 1)) {
    throw new Error(USAGE);
  }
  const section = await makespan(scale);
  if (values.dry || scale !== 1) say(section);
  else await writeFile(PAGE, placed(await readFile(PAGE, 'utf8'), section));
}

// Processes of the bench end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  await bench();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
// After a failure servers that are still open would keep the process.
process.exit();
