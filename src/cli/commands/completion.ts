import type { Command } from 'commander';
import { SETTINGS } from '../../shared/config/settings.ts';
import { EXIT, type ExitCode } from '../../shared/errors/errors.ts';
import type { CommandContext } from '../command.ts';
import { bashScript } from '../completion/bash.ts';
import { type CommandTree, commandTree } from '../completion/command-tree.ts';
import { fishScript } from '../completion/fish.ts';
import { manPage } from '../completion/man-page.ts';
import { zshScript } from '../completion/zsh.ts';
import type { Io } from '../io.ts';
import { envOf, withLedger } from '../open/open-ledger.ts';

const SCRIPTS: Readonly<Record<string, (tree: CommandTree) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

const HELP = `
bash: source <(ims-ferry completion bash)            in ~/.bashrc
zsh:  source <(ims-ferry completion zsh)             in ~/.zshrc, after compinit
fish: ims-ferry completion fish > ~/.config/fish/completions/ims-ferry.fish`;

export function completionCommand(command: Command, { io, run, loadAll }: CommandContext): void {
  command.registeredArguments[0]?.choices(Object.keys(SCRIPTS));
  command
    .addHelpText('after', HELP)
    .action((shell: string) => run(printScript(shell, { io, loadAll })));
}

/** `npm run build` writes what it prints into the package. */
export function manPageCommand(command: Command, { io, run, loadAll }: CommandContext): void {
  const version = command.parent?.version() ?? '';
  command.action(() => run(printManPage(version, { io, loadAll })));
}

/** The scripts call this for the names of batches. */
export function batchNamesCommand(command: Command, { io, run }: CommandContext): void {
  command.action(() => run(printBatches(io)));
}

async function printScript(
  shell: string,
  { io, loadAll }: Pick<CommandContext, 'io' | 'loadAll'>,
): Promise<ExitCode> {
  const script = SCRIPTS[shell]?.(commandTree(await loadAll())) ?? '';
  io.out(script.trimEnd());
  return EXIT.ok;
}

async function printManPage(
  version: string,
  { io, loadAll }: Pick<CommandContext, 'io' | 'loadAll'>,
): Promise<ExitCode> {
  const tree = commandTree(await loadAll());
  io.out(manPage({ tree, version, settings: SETTINGS }).trimEnd());
  return EXIT.ok;
}

/** Nobody waits longer for a completion. */
const CONNECT_MS = 700;

async function printBatches(io: Io): Promise<ExitCode> {
  const { config } = envOf(io);
  const quick = { ...config, connectTimeoutMs: CONNECT_MS };
  return withLedger({ config: quick, io, isReader: true }, async (open) => {
    for (const name of await open.batches.names()) io.out(name);
    return EXIT.ok;
  });
}
