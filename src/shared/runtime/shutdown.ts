/** Closes what was opened, in reverse order, once. */
export interface Shutdown {
  /** Aborted when the shutdown begins. */
  readonly signal: AbortSignal;
  /** Registers something that was opened; `name` is for the report. */
  add(name: string, close: () => Promise<void> | void): void;
  /** Closes everything; a second call waits for the first. Errors are reported, not thrown. */
  run(): Promise<readonly string[]>;
}

/** `run` returns one line for each part that could not be closed. */
export function createShutdown(): Shutdown {
  const controller = new AbortController();
  const open: { name: string; close: () => Promise<void> | void }[] = [];
  let running: Promise<readonly string[]> | undefined;

  const closeAll = async (): Promise<readonly string[]> => {
    const problems: string[] = [];
    controller.abort();
    for (const { name, close } of open.toReversed()) {
      try {
        await close();
      } catch (error) {
        problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return problems;
  };

  return {
    signal: controller.signal,
    add: (name, close) => {
      open.push({ name, close });
    },
    run: () => {
      running ??= closeAll();
      return running;
    },
  };
}
