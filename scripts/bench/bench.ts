/** A row of figures, first its name. */
export type Row = readonly string[];

export interface Table {
  readonly caption: string;
  readonly columns: Row;
  readonly rows: readonly Row[];
}

/** A goal, and whether this run met it. */
export interface Verdict {
  readonly goal: string;
  readonly isMet: boolean;
  /** What was seen, and where the goal was missed, why. */
  readonly seen: string;
}

/** What a bench found: goes into docs/benchmarks.md as it is. */
export interface Findings {
  readonly tables: readonly Table[];
  readonly verdicts: readonly Verdict[];
  /** What a reader must know to judge the figures: a paragraph each. */
  readonly notes: readonly string[];
  /** Written beside the page, by their path from there. */
  readonly files?: ReadonlyMap<string, string>;
}

/** Everything that a bench gets from outside. */
export interface Ground {
  /** Tells who waits what is going on. */
  readonly say: (line: string) => void;
  /** A folder that goes with the bench. */
  readonly folder: string;
  /** `PATH` of who started it. */
  readonly path: string;
  /** 1 as documented; smaller for a quick look, whose figures say little. */
  readonly scale: number;
}

export interface Bench {
  /** As on the command line: `npm run bench -- NAME`. */
  readonly name: string;
  readonly title: string;
  /** What is measured, and against what: a paragraph. */
  readonly about: string;
  run(ground: Ground): Promise<Findings>;
}
