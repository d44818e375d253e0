import type { Bench, Findings, Ground, Table, Verdict } from '../bench.ts';
import { quantile, rounded } from '../figures.ts';
import { costOnPaper } from './cost-model.ts';
import { BYTES, COMMANDS } from './costs.ts';
import type { Project, ProjectCost } from './project.ts';
import { type Simulated, simulateProject } from './simulate-project.ts';

const MINUTES = [1, 4, 10, 15, 60];
const IMAGES = 20_000;
const TOLERANCE = 0.1;
const MILLIONS = 10_000_000;
const PROJECTS = [1, 10, 100, 1000];
const WORKERS = 2;

export const scale: Bench = {
  name: 'scale',
  title: 'Ten million images, on paper and in virtual time',
  about:
    'The formulas of [scale.md](scale.md) beside a simulation in virtual time, in which the own rules of the workers (first poll, next polls, what is learned, what stays in hand, the list) decide for every image. One project, 40 images in flight, round trips of 150 ms, durations log-normal (sigma 0.1); Redis commands are counted with the costs of single steps that the other benches measure.',
  run,
};

interface Compared {
  readonly project: Project;
  readonly paper: ProjectCost;
  readonly simulated: Simulated;
}

async function run({ say, scale: share }: Ground): Promise<Findings> {
  const images = Math.max(2000, Math.round(IMAGES * share));
  const compared: Compared[] = [];
  for (const listsSaving of [true, false]) {
    for (const minutes of MINUTES) {
      const project = { ...typical(minutes), images, listsSaving };
      say(`${images} imports of ${minutes} min`);
      const simulated = simulateProject(project);
      compared.push({ project, simulated, paper: costOnPaper(project) });
    }
  }
  return {
    tables: [comparison(compared, images), tenMillion()],
    verdicts: [verdict(compared)],
    notes: [],
  };
}

function typical(minutes: number): Project {
  const medianMs = minutes * 60_000;
  const usual = { limit: 40, sigma: 0.1, roundTripMs: 150, rate: 60, listsSaving: false };
  return { ...usual, medianMs, images: IMAGES };
}

function comparison(all: readonly Compared[], images: number): Table {
  return {
    caption: `${images} images in one project: on paper / simulated`,
    columns: [
      'the cloud lists',
      'import, min',
      'days',
      'calls an image',
      'calls a second',
      'busiest second',
      'Redis commands an image',
      'lag p50, s',
      'lag p95, s',
    ],
    rows: all.map(({ project, paper, simulated }) => {
      const both = (pick: (cost: ProjectCost) => number, digits: number): string =>
        `${rounded(pick(paper), digits)} / ${rounded(pick(simulated), digits)}`;
      return [
        project.listsSaving ? 'yes' : 'no',
        rounded(project.medianMs / 60_000, 0),
        both(({ days }) => days, 2),
        both(({ calls }) => calls, 1),
        both(({ callsASecond }) => callsASecond, 2),
        String(simulated.busiest),
        both(({ commands }) => commands, 0),
        rounded(quantile([...simulated.lags], 0.5) / 1000, 1),
        rounded(quantile([...simulated.lags], 0.95) / 1000, 1),
      ];
    }),
  };
}

function tenMillion(): Table {
  return {
    caption: `Ten million imports of four minutes, ${WORKERS} workers a project, on paper`,
    columns: [
      'projects',
      'days',
      'creates a second',
      'calls a second and project',
      'Redis commands a second',
      'ledger if nothing is archived, GB',
      'all waiting at once, GB',
    ],
    rows: PROJECTS.map((projects) => {
      const images = MILLIONS / projects;
      const { days, callsASecond, commands } = costOnPaper({ ...typical(4), images });
      const aSecond = MILLIONS / (days * 86_400);
      const idle = projects * WORKERS * COMMANDS.idleSecond;
      return [
        String(projects),
        rounded(days, 0),
        rounded(aSecond, 1),
        rounded(callsASecond, 2),
        rounded(aSecond * commands + idle, 0),
        rounded((MILLIONS * BYTES.finished) / 1e9, 0),
        rounded((MILLIONS * BYTES.waiting) / 1e9, 0),
      ];
    }),
  };
}

function verdict(all: readonly Compared[]): Verdict {
  const off = all.flatMap(({ paper, simulated }) =>
    (['days', 'calls', 'commands'] as const).map((what) =>
      Math.abs(paper[what] / simulated[what] - 1),
    ),
  );
  const worst = Math.max(...off);
  return {
    goal: 'the formulas are within a tenth of the simulation',
    isMet: worst <= TOLERANCE,
    seen: `${rounded(100 * worst, 1)} % at most.`,
  };
}
